"""What is filled in about supervision, flash reports and directives."""

from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.cases.service.flash import SendFlash
from portal.cases.service.supervision import (
    RecordDirective,
    Release,
    ReportProgress,
    SetMilestone,
    Supervise,
)
from portal.casework.forms import LONGEST_REASON, LONGEST_TEXT, ActForm
from portal.web.forms import Day, LongText, Number, ShortText

LONGEST_INTERVAL = 365


class SuperviseForm(ActForm):
    """Why a case is supervised, and how often it is reported on."""

    reason = LongText(
        _l("Why is it supervised?"),
        required=_l("Say why it is supervised"),
        max_length=LONGEST_REASON,
        hint=_l("The unit reads it, and it stays in the file."),
    )
    report_every = Number(
        _l("A report every so many calendar days"),
        hint=_l("Leave it empty if you want no regular reports."),
    )

    def validate_report_every(self, field: Number) -> None:
        """A report is at most once a day and at least once a year."""
        if field.data is not None and not 1 <= field.data <= LONGEST_INTERVAL:
            raise StopValidation(_("Enter a number of days from 1 to 365"))

    def to_command(self, number: str) -> Supervise:
        return Supervise(number, self.reason.data, self.report_every.data, self.seen_version)


class MilestoneForm(ActForm):
    """What is wanted by a day."""

    text = LongText(_l("What is to be done"), required=_l("Say what is to be done"), max_length=500)
    due_on = Day(_l("By which day"), required=_l("Enter the day by which it is done"))

    def to_command(self, number: str) -> SetMilestone:
        return SetMilestone(number, self.due_on.data, self.text.data, self.seen_version)


class ProgressForm(ActForm):
    """How far the case is."""

    text = LongText(
        _l("How far the case is"),
        required=_l("Say how far the case is"),
        max_length=LONGEST_TEXT,
        hint=_l("Write nothing that could tell who reported it."),
    )

    def to_command(self, number: str) -> ReportProgress:
        return ReportProgress(number, self.text.data, self.seen_version)


class ReleaseForm(ActForm):
    """What came of the supervision."""

    outcome = LongText(
        _l("What came of it?"),
        required=_l("Say what came of it"),
        max_length=LONGEST_REASON,
        hint=_l("The unit reads it, and it stays in the file."),
    )

    def to_command(self, number: str) -> Release:
        return Release(number, self.outcome.data, self.seen_version)


class FlashForm(ActForm):
    """What the office above is told at once."""

    text = LongText(
        _l("What the office above is to know"),
        required=_l("Say what the office above is to know"),
        max_length=LONGEST_TEXT,
        hint=_l("Write nothing that could tell who reported it."),
    )

    def to_command(self, number: str, which: UUID) -> SendFlash:
        return SendFlash(number, which, self.text.data, self.seen_version)


class DirectiveForm(ActForm):
    """An instruction from above, as it was given."""

    author = ShortText(_l("Who gave it?"), required=_l("Say who gave it"), max_length=100)
    given_on = Day(_l("On which day?"), required=_l("Enter the day"))
    text = LongText(
        _l("In which words?"), required=_l("Write down the words"), max_length=LONGEST_TEXT
    )

    def to_command(self, number: str) -> RecordDirective:
        said = self.author.data, self.given_on.data, self.text.data
        return RecordDirective(number, *said, self.seen_version)
