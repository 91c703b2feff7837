"""What staff fill in about a case: one form for each act."""

from collections.abc import Sequence
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.cases.queries.page import CaseFacts
from portal.cases.rules import DROPPED, NEEDS_REASON
from portal.cases.service.filling import (
    AddPaper,
    AddParty,
    AssignCase,
    DescribeCase,
    GradeCase,
    Strike,
    WaivePaper,
)
from portal.cases.service.moving import MoveCase
from portal.cases.service.opening import AddReport, OpenCase, TakeOut, TakeOutUnseen
from portal.cases.service.tasks import GiveTask, WriteNote
from portal.cases.states import (
    Audience,
    CaseAction,
    CaseEnding,
    PartyRole,
    Severity,
    SeverityFactor,
    TaskSpan,
)
from portal.casework.forms import LONGEST_REASON, LONGEST_TEXT, ActForm
from portal.evidence.service import IncomingFile
from portal.jurisdiction.place import Place
from portal.kernel.reference import normalise_reference
from portal.web.forms import Choice, Choices, Day, Files, LongText, Number, Pick, ShortText
from portal.web.labels import choices, label

LONGEST_TITLE = 120
MOST_REPORTS = 50
MOST_COUNTED = 10**12
MINOR_UNITS = 100


class DescribeForm(ActForm):
    """Title and summary of a case."""

    title = ShortText(
        _l("What the case is called"),
        required=_l("Give the case a name"),
        max_length=LONGEST_TITLE,
        hint=_l("The matter and the place. Write nothing that could tell who reported it."),
    )
    summary = LongText(
        _l("Summary"),
        required=_l("Say in a few sentences what it is about"),
        max_length=5000,
        hint=_l(
            "Papers begin with it, those for the party too. Write nothing that could tell who "
            "reported it."
        ),
    )

    def to_command(self, number: str) -> DescribeCase:
        return DescribeCase(number, self.title.data, self.summary.data, self.seen_version)


class OpenForm(DescribeForm):
    """A new case, and further reports about the same matter."""

    others = LongText(
        _l("Other reports about the same matter"),
        max_length=1000,
        hint=_l("Their references, one on each line. They must have been accepted by your unit."),
    )

    def validate_others(self, _field: LongText) -> None:
        """What is no reference is a slip of the keyboard."""
        if any(one is None for one in self._others()) or len(self._others()) > MOST_REPORTS:
            raise StopValidation(_("Write one reference on each line, 50 at most"))

    def with_others(self, references: str) -> "OpenForm":
        """What was picked on a list is filled in."""
        if not self.is_submitted():
            self.others.data = "\n".join(references.split()[:MOST_REPORTS])
        return self

    def _others(self) -> Sequence[str | None]:
        return [normalise_reference(line) for line in (self.others.data or "").split()]

    def to_opening(self, reference: str) -> OpenCase:
        others = [one for one in self._others() if one is not None]
        return OpenCase([reference, *others], self.title.data, self.summary.data)


class AddReportForm(ActForm):
    """One more report of the case."""

    reference = ShortText(
        _l("Reference of the report"), required=_l("Enter the reference"), max_length=40
    )

    def validate_reference(self, field: ShortText) -> None:
        """What is no reference is a slip of the keyboard."""
        if field.data and normalise_reference(field.data) is None:
            raise StopValidation(_("This is not the reference of a report"))

    def to_command(self, number: str) -> AddReport:
        wanted = normalise_reference(self.reference.data) or ""
        return AddReport(number, wanted, self.seen_version)


class TakeOutForm(ActForm):
    """Why a report is taken out of a case."""

    reason = LongText(_l("Why?"), required=_l("Say why"), max_length=LONGEST_REASON)

    def to_command(self, number: str, reference: str) -> TakeOut:
        return TakeOut(number, reference, self.reason.data, self.seen_version)


class TakeOutUnseenForm(TakeOutForm):
    """The same for a report that is out of sight."""

    def to_order(self, number: str, link_id: UUID) -> TakeOutUnseen:
        return TakeOutUnseen(number, link_id, self.reason.data, self.seen_version)


def _demand_count(count: int | None) -> None:
    if count is not None and not 0 <= count <= MOST_COUNTED:
        raise StopValidation(_("Enter a number from 0 to 1,000,000,000,000"))


class GradeForm(ActForm):
    """How grave a case is, and on what that rests."""

    grade = Choice(_l("How grave is it?"), required=_l("Choose how grave it is"))
    factors = Choices(
        _l("What does that rest on?"),
        required=_l("Choose at least one factor"),
        hint=_l("Only what was done and what it led to counts, never what somebody believes."),
    )
    amount = Number(
        _l("Amount involved"),
        hint=_l("In whole units of the currency. Leave it empty while it is not known."),
    )
    copies = Number(
        _l("Copies involved"), hint=_l("In pieces. Leave it empty while it is not known.")
    )

    def validate_amount(self, field: Number) -> None:
        """No amount is below nothing, or larger than any there is."""
        _demand_count(field.data)

    def validate_copies(self, field: Number) -> None:
        """Nor is a number of copies."""
        _demand_count(field.data)

    def offer(self, _place: Place, _language: str) -> None:
        self.grade.choices = choices(Severity)
        self.factors.choices = choices(SeverityFactor)

    def to_command(self, number: str) -> GradeCase:
        factors = [SeverityFactor(one) for one in self.factors.data]
        amount = None if self.amount.data is None else self.amount.data * MINOR_UNITS
        said = (Severity(self.grade.data), factors, self.seen_version, amount, self.copies.data)
        return GradeCase(number, *said)


def graded(facts: CaseFacts) -> dict[str, object]:
    """What the form of the grade shows at first: what stands on the case."""
    amount = None if facts.amount is None else facts.amount // MINOR_UNITS
    factors = [one.value for one in facts.factors]
    grade = facts.severity.value if facts.severity else None
    return {"grade": grade, "factors": factors, "amount": amount, "copies": facts.copies}


class AssignForm(ActForm):
    """Who is to have a case."""

    officer = Pick(_l("Officer"), required=_l("Choose an officer"))

    def to_command(self, number: str) -> AssignCase:
        return AssignCase(number, UUID(self.officer.data), self.seen_version)


class PartyForm(ActForm):
    """Somebody whose part in the case is looked into."""

    role = Choice(_l("Part in the matter"), required=_l("Choose the part they have"))
    name = ShortText(
        _l("Name"), required=_l("Enter the name, or what is known of it"), max_length=200
    )
    address = ShortText(_l("Address"), max_length=300)
    contact = ShortText(
        _l("Telephone or other contact"),
        max_length=200,
        hint=_l("Of the party. Whoever reported the matter is never entered here."),
    )

    def offer(self, _place: Place, _language: str) -> None:
        self.role.choices = choices(PartyRole)

    def to_command(self, number: str) -> AddParty:
        said = self.name.data, self.address.data or "", self.contact.data or ""
        return AddParty(number, PartyRole(self.role.data), *said, self.seen_version)


class StrikeForm(ActForm):
    """Striking something out asks nothing."""

    def to_command(self, number: str, which: UUID) -> Strike:
        return Strike(number, which, self.seen_version)


class _OfKind(ActForm):
    """A kind of paper of the place."""

    paper = Pick(_l("Which paper?"), required=_l("Choose the paper"))

    def offer(self, place: Place, language: str) -> None:
        papers = [(one.code, one.name.in_(language)) for one in place.papers.values()]
        self.paper.choices = [("", _("Choose")), *papers]


class PaperForm(_OfKind):
    """A paper of the case, as a file."""

    dated = Day(_l("Date on the paper"), required=_l("Enter the date on the paper"))
    files = Files(_l("The file"), required=_l("Choose the file"), hint=_l("One scan or document."))

    def validate_files(self, field: Files) -> None:
        """Each paper has its own kind and date."""
        if len(field.data) > 1:
            raise StopValidation(_("Choose one file; put in the others one by one"))

    @property
    def uploads(self) -> tuple[IncomingFile, ...]:
        """The file as it came."""
        return tuple(IncomingFile(file.stream, file.filename) for file in self.files.data or ())

    def to_command(self, number: str, evidence_id: UUID) -> AddPaper:
        return AddPaper(number, self.paper.data, self.dated.data, evidence_id, self.seen_version)


class WaiveForm(_OfKind):
    """Why a paper is not needed."""

    reason = LongText(
        _l("Why is it not needed?"),
        required=_l("Say why it is not needed"),
        max_length=LONGEST_REASON,
        hint=_l("Your name and this reason stay in the file."),
    )

    def to_command(self, number: str) -> WaivePaper:
        return WaivePaper(number, self.paper.data, self.reason.data, self.seen_version)


class TaskForm(ActForm):
    """Something one person is to do by a day."""

    text = LongText(_l("What is to be done"), required=_l("Say what is to be done"), max_length=500)
    owner = Pick(_l("Who does it"), required=_l("Choose who does it"))
    span = Choice(_l("How long does it go on?"), default=TaskSpan.UNTIL_A_DAY.value)
    due_on = Day(_l("By which day"))

    def offer(self, _place: Place, _language: str) -> None:
        self.span.choices = choices(TaskSpan)

    def validate_span(self, field: Choice) -> None:
        """A task has a day, unless it goes on as long as the case does."""
        if field.data == TaskSpan.UNTIL_A_DAY and self.due_on.data is None:
            raise StopValidation(_("Enter the day by which it is done"))

    def to_command(self, number: str) -> GiveTask:
        dated = self.span.data == TaskSpan.UNTIL_A_DAY
        due_on = self.due_on.data if dated else None
        return GiveTask(number, UUID(self.owner.data), due_on, self.text.data)


class NoteForm(ActForm):
    """A note, and whom it is for."""

    audience = Choice(
        _l("For whom is it?"),
        required=_l("Choose for whom it is"),
        hint=_l("What is for the reporters reaches each of them as a message, in these words."),
    )
    text = LongText(_l("Your note"), required=_l("Write a note"), max_length=LONGEST_TEXT)

    def offer(self, _place: Place, _language: str) -> None:
        self.audience.choices = choices(Audience)

    def to_command(self, number: str) -> WriteNote:
        return WriteNote(number, Audience(self.audience.data), self.text.data)


class MoveForm(ActForm):
    """A move of a case; what it asks depends on the move."""

    ending = Choice(_l("Why does the case end?"), required=_l("Choose why the case ends"))
    reason = LongText(
        _l("Why?"), max_length=LONGEST_REASON, hint=_l("For the file; the unit reads it.")
    )

    def for_move(self, action: CaseAction) -> "MoveForm":
        """The form of one move: only what ends a case without a penalty asks how it ends."""
        self._action = action
        self.ending.choices = [(one.value, label(one)) for one in CaseEnding if one in DROPPED]
        if action is not CaseAction.DROP:
            del self.ending
        return self

    def validate_reason(self, field: LongText) -> None:
        """Some moves are not made without a word why."""
        if self._action in NEEDS_REASON and not field.data:
            raise StopValidation(_("Say why"))

    def to_command(self, number: str) -> MoveCase:
        closes = CaseEnding.PENALTY_CARRIED_OUT if self._action is CaseAction.CLOSE else None
        ending = CaseEnding(self.ending.data) if "ending" in self else closes
        return MoveCase(number, self._action, ending, self.reason.data or "", self.seen_version)
