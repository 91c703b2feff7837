"""What staff fill in to say what two reports are to each other, and about a mass of one text."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.casework.forms import LONGEST_REASON, ActForm
from portal.casework.queries.comparison import Comparison
from portal.casework.service.merging import MergeReports, RelateReports
from portal.triage.states import RelationKind
from portal.web.forms import Choice, LongText


class RelationForm(ActForm):
    """Merge, link or keep apart; which of the two leads a merge, and why."""

    leading = Choice(_l("If they are merged, which one leads?"))
    note = LongText(
        _l("Why?"),
        max_length=LONGEST_REASON,
        hint=_l("For colleagues. Needed if the later one is to lead."),
    )
    decision = Choice(_l("What are they to each other?"), required=_l("Choose what they are"))

    def of(self, found: Comparison) -> "RelationForm":
        """Offer the two reports, the first of them chosen."""
        self.decision.choices = [(kind.value, "") for kind in RelationKind]
        sides = sorted((found.one, found.other), key=lambda side: side.position)
        self._first = sides[0].facts.reference
        self.leading.choices = [
            (sides[0].facts.reference, _("%(one)s, which came first", one=self._first)),
            (sides[1].facts.reference, sides[1].facts.reference),
        ]
        if not self.is_submitted():
            self.leading.data, self.seen.data = self._first, str(found.one.facts.version)
        return self

    def validate_note(self, field: LongText) -> None:
        """The order of arrival is set aside for a reason only."""
        merges = self.decision.data == RelationKind.MERGED
        if merges and self.leading.data != self._first and not (field.data or "").strip():
            raise StopValidation(_("Say why the later one is to lead"))

    def to_command(self, reference: str, other: str) -> MergeReports | RelateReports:
        """The order for the service that the button stands for."""
        note, seen = self.note.data or "", self.seen_version
        if self.decision.data == RelationKind.MERGED:
            return MergeReports(reference, other, self.leading.data, note, seen)
        return RelateReports(reference, other, note, seen)
