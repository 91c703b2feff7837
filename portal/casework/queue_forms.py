"""What staff fill in to share out the work of a unit."""

from uuid import UUID

from flask_babel import lazy_gettext as _l

from portal.casework.forms import LONGEST_REASON, ActForm
from portal.casework.service.holding import ClaimReport, HandOverReport, ReleaseReport
from portal.web.forms import LongText, Pick


class ClaimForm(ActForm):
    """Taking a report off the heap asks nothing."""

    def to_command(self, reference: str) -> ClaimReport:
        return ClaimReport(reference, self.seen_version)


class ReleaseForm(ActForm):
    """Putting it back asks nothing either."""

    def to_command(self, reference: str) -> ReleaseReport:
        return ReleaseReport(reference, self.seen_version)


class HandOverForm(ActForm):
    """Which colleague is to have a report, and why."""

    officer = Pick(_l("Officer"), required=_l("Choose an officer"))
    reason = LongText(
        _l("Why is it handed over?"),
        required=_l("Say why it is handed over"),
        max_length=LONGEST_REASON,
        hint=_l("A note of the file: colleagues read it, the reporter does not."),
    )

    def to_command(self, reference: str) -> HandOverReport:
        return HandOverReport(
            reference, UUID(self.officer.data), self.reason.data, self.seen_version
        )
