"""What staff fill in at the desk: filters of lists, and one form for each act."""

from collections.abc import Sequence
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

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
from portal.jurisdiction.place import Place, ReasonKind
from portal.web.forms import Choice, Day, LongText, Pick, PortalForm, ShortText, VersionedForm
from portal.web.labels import choices

Options = Sequence[tuple[str, str]]

LONGEST_TEXT = 5000
LONGEST_REASON = 500


class ActForm(VersionedForm):
    """The base of every act on a report; `to_command` makes the order for the service."""

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
