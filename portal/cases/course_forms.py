"""What staff fill in about the time of a case, its legal questions and the answer to all."""

from uuid import UUID

from flask_babel import lazy_gettext as _l

from portal.cases.service.advice import AskAdviser, RecordAdvice
from portal.cases.service.answering import AnswerAll
from portal.cases.service.clocks import ExtendCase
from portal.casework.forms import LONGEST_REASON, LONGEST_TEXT, ActForm
from portal.casework.states import Finding, VerificationMethod
from portal.jurisdiction.place import Place
from portal.web.forms import Choice, Day, LongText, Number, ShortText
from portal.web.labels import choices


class ExtendForm(ActForm):
    """How much more time, and why."""

    days = Number(_l("How many calendar days more?"), required=_l("Enter how many days more"))
    reason = LongText(
        _l("Why is more time needed?"),
        required=_l("Say why more time is needed"),
        max_length=LONGEST_REASON,
        hint=_l("Your name and this reason stay in the file."),
    )

    def to_command(self, number: str) -> ExtendCase:
        return ExtendCase(number, self.days.data, self.reason.data, self.seen_version)


class AskAdviserForm(ActForm):
    """A legal question, and who is asked."""

    adviser = ShortText(
        _l("Who is asked?"),
        required=_l("Say who is asked"),
        max_length=200,
        hint=_l("The adviser or the body, such as the legal affairs office."),
    )
    question = LongText(
        _l("The question"), required=_l("Write the question"), max_length=LONGEST_TEXT
    )

    def to_command(self, number: str) -> AskAdviser:
        return AskAdviser(number, self.adviser.data, self.question.data, self.seen_version)


class AdviceForm(ActForm):
    """What the adviser said."""

    answered_on = Day(_l("Date of the answer"), required=_l("Enter the date of the answer"))
    answer = LongText(_l("The answer"), required=_l("Write the answer"), max_length=LONGEST_TEXT)

    def to_command(self, number: str, which: UUID) -> RecordAdvice:
        said = self.answered_on.data, self.answer.data
        return RecordAdvice(number, which, *said, self.seen_version)


class AnswerAllForm(ActForm):
    """The answer to each reporter who has none, and how the matter was looked into."""

    text = LongText(
        _l("The answer"),
        required=_l("Write the answer"),
        max_length=LONGEST_TEXT,
        hint=_l("Each reporter reads these words. Name no other report and nobody who reported."),
    )
    method = Choice(
        _l("How was it looked into?"),
        required=_l("Choose how it was looked into"),
        hint=_l("This and the finding stand in the reports that were not looked into before."),
    )
    finding = Choice(_l("What was found?"), required=_l("Choose what was found"))

    def offer(self, _place: Place, _language: str) -> None:
        self.method.choices = choices(VerificationMethod)
        self.finding.choices = choices(Finding)

    def to_command(self, number: str) -> AnswerAll:
        how = VerificationMethod(self.method.data), Finding(self.finding.data)
        return AnswerAll(number, self.text.data, *how, self.seen_version)
