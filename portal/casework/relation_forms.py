"""What staff fill in to say what two reports are to each other, and about a mass of one text."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import StopValidation

from portal.casework.forms import LONGEST_REASON, LONGEST_TEXT, ActForm
from portal.casework.queries.comparison import Comparison
from portal.casework.queries.masses import Mass
from portal.casework.service.masses import OrderMassAct
from portal.casework.service.merging import MergeReports, RelateReports
from portal.casework.states import MassActKind
from portal.jurisdiction.place import Place, ReasonKind
from portal.triage.states import RelationKind
from portal.web.forms import Choice, LongText, Pick, read_version
from portal.web.labels import label


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
        self._by_itself = found.beside is not None and found.beside.by_itself
        self.leading.choices = [
            (sides[0].facts.reference, _("%(one)s, which came first", one=self._first)),
            (sides[1].facts.reference, sides[1].facts.reference),
        ]
        if not self.is_submitted():
            self.leading.data, self.seen.data = self._first, str(found.one.facts.version)
        return self

    def validate_note(self, field: LongText) -> None:
        """An order of arrival or a link without a person is set aside for a reason only."""
        merges, has_note = self.decision.data == RelationKind.MERGED, (field.data or "").strip()
        if merges and self.leading.data != self._first and not has_note:
            raise StopValidation(_("Say why the later one is to lead"))
        if self._by_itself and self.decision.data == RelationKind.APART and not has_note:
            raise StopValidation(_("Say why they are two matters"))

    def to_command(self, reference: str, other: str) -> MergeReports | RelateReports:
        """The order for the service that the button stands for."""
        note, seen = self.note.data or "", self.seen_version
        if self.decision.data == RelationKind.MERGED:
            return MergeReports(reference, other, self.leading.data, note, seen)
        return RelateReports(reference, other, note, seen)


class MassForm(ActForm):
    """What is to be done with all reports of one text."""

    act = Choice(_l("What is to be done with all of them?"), required=_l("Choose what to do"))
    reason = Pick(_l("Reason, if they are closed"))
    text = LongText(
        _l("What else the reporters should know, if they are closed"),
        max_length=LONGEST_TEXT,
        hint=_l("Every one of them reads the sentence of the list first, then this."),
    )
    expected = HiddenField()

    def of(self, mass: Mass, place: Place, language: str) -> "MassForm":
        """Offer what this reader may do, and remember how many the page has shown."""
        self.act.choices = [(act.value, label(act)) for act in mass.offers]
        kind = ReasonKind.CLOSE_UNROUTED
        listed = [one for one in place.reasons.values() if one.kind is kind]
        self.reason.choices = [("", ""), *((one.code, one.name.in_(language)) for one in listed)]
        if not self.is_submitted():
            self.expected.data = str(mass.waiting)
        return self

    def validate_reason(self, field: Pick) -> None:
        """Every reporter is told why a report goes nowhere."""
        if self.act.data == MassActKind.CLOSE and not field.data:
            raise StopValidation(_("Choose a reason"))

    def to_command(self, reference: str) -> OrderMassAct:
        """The order for the service."""
        expected = read_version(self.expected.data)
        act = MassActKind(self.act.data)
        reason, text = self.reason.data or None, self.text.data or ""
        return OrderMassAct(reference, act, expected, reason, text)
