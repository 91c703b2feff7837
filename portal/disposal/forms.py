"""What is filled in about lists of records to be destroyed and about legal holds."""

from datetime import UTC, datetime
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.casework.forms import LONGEST_REASON
from portal.disposal.rules import MOST_ITEMS
from portal.disposal.service.deciding import ProposeDisposal
from portal.disposal.service.holding import LiftHold, PlaceHold
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import RecordKind
from portal.web.forms import Day, LongText, PortalForm, ShortText


class ProposalForm(PortalForm):
    """What was ticked on the list of what is due."""

    def to_command(self, ticked: list[str]) -> ProposeDisposal:
        """The order; what is no id is no record."""
        ids = (_read_id(one) for one in ticked[: MOST_ITEMS + 1])
        return ProposeDisposal(tuple(dict.fromkeys(one for one in ids if one is not None)))


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


class HoldForm(PortalForm):
    """On what a hold rests, why, and when somebody looks at it again."""

    basis = ShortText(
        _l("On what does it rest?"),
        required=_l("Say on what the hold rests"),
        max_length=200,
        hint=_l("The provision, or the number of the court's or auditor's letter."),
    )
    reason = LongText(
        _l("Why must it be kept?"),
        required=_l("Say why it must be kept"),
        max_length=LONGEST_REASON,
        hint=_l("Everybody who may see the record reads it."),
    )
    until_on = Day(
        _l("When is it looked at again?"),
        required=_l("Enter the day on which somebody looks at it again"),
        hint=_l("It does not end by itself: somebody else lifts it."),
    )

    def validate_until_on(self, field: Day) -> None:
        """A day to come."""
        today = local_date(current_place(), datetime.now(UTC))
        if field.data is not None and field.data <= today:
            raise StopValidation(_("Enter a day to come"))

    def to_command(self, record: RecordKind, name: str) -> PlaceHold:
        said = self.basis.data, self.reason.data
        return PlaceHold(record, name, self.until_on.data, *said)


class LiftForm(PortalForm):
    """Why a hold is not needed any more."""

    reason = LongText(
        _l("Why is it not needed any more?"),
        required=_l("Say why it is not needed any more"),
        max_length=LONGEST_REASON,
    )

    def to_command(self, hold_id: UUID) -> LiftHold:
        return LiftHold(hold_id, self.reason.data)
