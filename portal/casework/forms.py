"""What staff fill in at the desk: filters of lists, and one form for each act."""

from collections.abc import Sequence
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, HiddenField
from wtforms.validators import StopValidation

from portal.casework.queries.filters import Filter, Holder, Order
from portal.casework.service.acceptance import (
    AcceptReport,
    AssignReport,
    DeclineReport,
    ReturnReport,
)
from portal.casework.service.closing import CloseReport, CloseUnrouted
from portal.casework.service.conversation import AddNote, AskReporter, RecordInstruction
from portal.casework.service.opening import OpenOriginal
from portal.casework.service.verification import AnswerReport, RecordVerification
from portal.casework.states import Finding, VerificationMethod
from portal.infra.search import LONGEST_QUERY, is_searchable
from portal.intake.models import Channel, ReportKind, Stream
from portal.intake.states import ReportState
from portal.jurisdiction.place import Place, ReasonKind, Urgency
from portal.jurisdiction.queries import search_regions
from portal.kernel.reference import normalise_reference
from portal.web.forms import Choice, Day, LongText, Pick, PortalForm, ShortText, Tick
from portal.web.labels import choices
from portal.web.language import LANGUAGES

Options = Sequence[tuple[str, str]]

LONGEST_TEXT = 5000
LONGEST_REASON = 500


def _any(options: Options) -> list[tuple[str, str]]:
    return [("", _("Any")), *options]


_EMPTY_FILTERS: dict[tuple[str, int], list[str]] = {}


class FilterForm(PortalForm):
    """The filters of the list of reports; what stands in the URL is checked like any answer."""

    class Meta:
        csrf = False

    state = Pick(_l("State"))
    category = Pick(_l("Category"))
    region = ShortText(_l("Region"), max_length=80, hint=_l("Name or code"))
    department = ShortText(_l("Unit"), max_length=80, hint=_l("Name or code"))
    urgency = Pick(_l("Urgency"))
    who = Pick(_l("Who has it"))
    channel = Pick(_l("How it came in"))
    kind = Pick(_l("Source"))
    stream = Pick(_l("Reported or found"))
    overdue = Tick(_l("Overdue only"))
    contested = Tick(_l("Called not resolved"))
    stuck = Tick(_l("Needs a person"))
    near_school = Tick(_l("Near a school"))
    priority_region = Tick(_l("Priority territory"))
    sort = Pick(_l("Order"))

    def offer(self, place: Place, language: str) -> "FilterForm":
        """Fill the lists to choose from; the place gives categories, units and regions."""
        self._place, self._language = place, language
        self.state.choices = _any(choices(ReportState))
        self.category.choices = _any(
            [(code, one.name.in_(language)) for code, one in place.categories.items()]
        )
        self.urgency.choices = _any(choices(Urgency))
        self.who.choices = _any(choices(Holder))
        self.channel.choices = _any(choices(Channel))
        self.kind.choices = _any(choices(ReportKind))
        self.stream.choices = _any(choices(Stream))
        self.sort.choices = [("", _("Automatic")), *choices(Order)]
        return self

    @property
    def rendered(self) -> list[str]:
        """The fields as HTML; nearly always empty, and half of the page, so those are kept."""
        if self.arguments or self.errors:
            return [field() for field in self]
        key = (self._language, self._place.version)
        if key not in _EMPTY_FILTERS:
            if len(_EMPTY_FILTERS) > len(LANGUAGES):  # those of an older version of the place
                _EMPTY_FILTERS.clear()
            _EMPTY_FILTERS[key] = [field() for field in self]
        return _EMPTY_FILTERS[key]

    def validate_region(self, field: ShortText) -> None:
        """A name that two regions share is no answer."""
        if field.data and self.region_code is None:
            raise StopValidation(_("No region is called that, or several are: use its code"))

    def validate_department(self, field: ShortText) -> None:
        """A unit that the place does not have is a slip of the keyboard."""
        if field.data and self.department_code is None:
            raise StopValidation(_("No unit is called that, or several are: use its code"))

    @property
    def region_code(self) -> str | None:
        """The region that was typed; None if it is none, or not clear which."""
        typed = self.region.data or ""
        if typed in self._place.regions:
            return str(typed)
        found = [
            match.code
            for match in search_regions(self._place, typed)
            if typed in (self._place.regions[match.code].name.zh, match.path.zh, match.path.en)
            or typed == self._place.regions[match.code].name.en
            or (match.former and typed in (match.former.zh, match.former.en))
        ]
        return found[0] if len(found) == 1 else None

    @property
    def department_code(self) -> str | None:
        """The unit that was typed; None if it is none, or not clear which."""
        typed = self.department.data or ""
        if typed in self._place.departments:
            return str(typed)
        units = self._place.departments.values()
        found = [unit.code for unit in units if typed in (unit.name.zh, unit.name.en)]
        return found[0] if len(found) == 1 else None

    def to_filter(self) -> Filter:
        """The filter that was asked for; finished reports are listed by their receipt."""
        states = (ReportState(self.state.data),) if self.state.data else ()
        finished = bool({ReportState.CLOSED, ReportState.DECLINED} & set(states))
        order = Order(self.sort.data) if self.sort.data else None
        return Filter(
            states=states,
            category=self.category.data or "",
            region=self.region_code or "",
            urgency=Urgency(self.urgency.data) if self.urgency.data else None,
            department=self.department_code or "",
            holder=Holder(self.who.data) if self.who.data else None,
            channel=Channel(self.channel.data) if self.channel.data else None,
            kind=ReportKind(self.kind.data) if self.kind.data else None,
            stream=Stream(self.stream.data) if self.stream.data else None,
            overdue=bool(self.overdue.data),
            contested=bool(self.contested.data),
            stuck=bool(self.stuck.data),
            near_school=bool(self.near_school.data),
            priority_region=bool(self.priority_region.data),
            order=order or (Order.NEWEST if finished else Order.DUE),
        )

    def told(self, field: Field) -> str:
        """What a filter that is set is set to, in words."""
        name = str(field.label.text)
        if field.data is True:
            return name
        value = dict(getattr(field, "choices", ())).get(field.data, field.data)
        return str(_("%(name)s: %(value)s", name=name, value=value))

    @property
    def arguments(self) -> dict[str, str]:
        """What belongs into the URL of this list: every filter that is set."""
        return {
            field.name: "y" if field.data is True else str(field.data)
            for field in self
            if field.data
        }


class SearchForm(PortalForm):
    """What to look for. It is posted: words about a person never stand in a URL (T37)."""

    q = ShortText(
        _l("Search all reports you may see"),
        required=_l("Search for at least two characters"),
        max_length=LONGEST_QUERY,
        hint=_l("Words of the report, or its reference"),
    )

    def validate_q(self, field: ShortText) -> None:
        """A single character is in nearly every report: ask for more."""
        if not (is_searchable(field.data) or self.reference):
            raise StopValidation(_("Search for at least two characters"))

    @property
    def reference(self) -> str | None:
        """The reference, if what was typed is one."""
        return normalise_reference(self.q.data or "")


class ActForm(PortalForm):
    """The base of every act on a report: it carries the version that the officer has seen."""

    seen = HiddenField()

    @property
    def seen_version(self) -> int:
        """The version of the page; nonsense counts as out of date."""
        typed = self.seen.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else -1  # noqa: PLR2004

    def offer(self, _place: Place, _language: str) -> None:
        """Fill the lists to choose from, where the form has any."""


class ReasonForm(ActForm):
    """A reason of the pack's list, and the officer's own words for the reporter."""

    kind = ReasonKind.DECLINE

    reason = Choice(_l("Reason"), required=_l("Choose a reason"))
    text = LongText(
        _l("What else the reporter should know"),
        max_length=LONGEST_TEXT,
        hint=_l("The reporter reads the sentence of the list first, then this."),
    )

    def offer(self, place: Place, language: str) -> None:
        """Offer the reasons of this kind."""
        self.reason.choices = _reasons(place, self.kind, language)


class AcceptForm(ActForm):
    """Taking a report on asks nothing."""

    def to_command(self, reference: str) -> AcceptReport:
        return AcceptReport(reference, self.seen_version)


class DeclineForm(ReasonForm):
    """Why a report is not taken on."""

    def to_command(self, reference: str) -> DeclineReport:
        return DeclineReport(reference, self.reason.data, self.text.data or "", self.seen_version)


class CloseUnroutedForm(ReasonForm):
    """Why a report goes nowhere."""

    kind = ReasonKind.CLOSE_UNROUTED

    def to_command(self, reference: str) -> CloseUnrouted:
        return CloseUnrouted(reference, self.reason.data, self.text.data or "", self.seen_version)


class ReturnForm(ActForm):
    """Why a report is not this unit's."""

    reason = LongText(
        _l("Whose is it, and why?"),
        required=_l("Say whose it is and why"),
        max_length=LONGEST_REASON,
        hint=_l("Reception reads this; the reporter does not."),
    )

    def to_command(self, reference: str) -> ReturnReport:
        return ReturnReport(reference, self.reason.data, self.seen_version)


class AskForm(ActForm):
    """A question to the reporter."""

    question = LongText(
        _l("Your question"),
        required=_l("Write your question"),
        max_length=LONGEST_TEXT,
        hint=_l("In plain words. Do not ask who the reporter is."),
    )

    def to_command(self, reference: str) -> AskReporter:
        return AskReporter(reference, self.question.data, self.seen_version)


class VerifyForm(ActForm):
    """How a report was looked into, and what that found."""

    method = Choice(_l("How was it verified?"), required=_l("Choose how it was verified"))
    finding = Choice(_l("What was found?"), required=_l("Choose what was found"))
    summary = LongText(
        _l("What was seen"),
        required=_l("Say in a few sentences what was seen"),
        max_length=LONGEST_TEXT,
        hint=_l("For the file. The reporter reads the answer, not this."),
    )

    def offer(self, _place: Place, _language: str) -> None:
        self.method.choices = choices(VerificationMethod)
        self.finding.choices = choices(Finding)

    def to_command(self, reference: str) -> RecordVerification:
        return RecordVerification(
            reference,
            VerificationMethod(self.method.data),
            Finding(self.finding.data),
            self.summary.data,
            self.seen_version,
        )


class AnswerForm(ActForm):
    """What the reporter is told."""

    text = LongText(
        _l("Your answer to the reporter"),
        required=_l("Write an answer"),
        max_length=LONGEST_TEXT,
        hint=_l("What you did, what you found, what follows. Name nobody who could be harmed."),
    )
    not_waiting = LongText(
        _l("Other units still look into leads of this report. Why do you not wait for them?"),
        required=_l("Say why you do not wait"),
        max_length=LONGEST_REASON,
        hint=_l("For the file. The reporter does not read it."),
    )

    def asking_why(self, *, leads_are_open: bool) -> "AnswerForm":
        """The form without the question about leads, unless some are open."""
        if not leads_are_open:
            del self.not_waiting
        return self

    def to_command(self, reference: str) -> AnswerReport:
        reason = self.not_waiting.data if "not_waiting" in self else ""
        return AnswerReport(reference, self.text.data, self.seen_version, reason)


class CloseForm(ActForm):
    """The outcome of a report."""

    outcome = Choice(_l("Outcome"), required=_l("Choose an outcome"))

    def offer(self, place: Place, language: str) -> None:
        self.outcome.choices = _reasons(place, ReasonKind.CLOSE, language)

    def to_command(self, reference: str) -> CloseReport:
        return CloseReport(reference, self.outcome.data, self.seen_version)


class AssignForm(ActForm):
    """Who is to have a report."""

    officer = Pick(_l("Officer"), required=_l("Choose an officer"))

    def to_command(self, reference: str) -> AssignReport:
        return AssignReport(reference, UUID(self.officer.data), self.seen_version)


class NoteForm(ActForm):
    """A note for colleagues."""

    text = LongText(
        _l("Your note"),
        required=_l("Write a note"),
        max_length=LONGEST_TEXT,
        hint=_l("Colleagues who may see this report read it. The reporter does not."),
    )

    def to_command(self, reference: str) -> AddNote:
        return AddNote(reference, self.text.data)


class InstructionForm(ActForm):
    """An instruction from above."""

    author = ShortText(_l("Who gave it"), required=_l("Say who gave it"), max_length=100)
    given_on = Day(_l("On which day"), required=_l("Enter the day it was given"))
    text = LongText(_l("Its words"), required=_l("Enter what it says"), max_length=LONGEST_TEXT)

    def to_command(self, reference: str) -> RecordInstruction:
        return RecordInstruction(reference, self.author.data, self.given_on.data, self.text.data)


class OriginalForm(PortalForm):
    """What an original is needed for."""

    reason = LongText(
        _l("What do you need the original for?"),
        required=_l("Say what you need it for"),
        max_length=LONGEST_REASON,
        hint=_l("Your name, the time and this reason are kept with the file."),
    )

    def validate_reason(self, field: LongText) -> None:
        """The custody entry wants a reason that says something."""
        if len((field.data or "").strip()) < 5:  # noqa: PLR2004
            raise StopValidation(_("Say what you need it for, in at least five characters"))

    def to_command(self, reference: str, evidence_id: UUID) -> OpenOriginal:
        return OpenOriginal(reference, evidence_id, self.reason.data)


def _reasons(place: Place, kind: ReasonKind, language: str) -> list[tuple[str, str]]:
    """The listed reasons of a kind, by name, in the order of the pack."""
    return [
        (reason.code, reason.name.in_(language))
        for reason in place.reasons.values()
        if reason.kind is kind
    ]
