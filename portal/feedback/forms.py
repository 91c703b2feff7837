"""What a reporter can say after the report."""

from collections.abc import Sequence
from uuid import UUID

from flask_babel import lazy_gettext as _l

from portal.evidence.service import IncomingFile
from portal.feedback.rating import RateHandling
from portal.feedback.service import (
    ContestResult,
    OpenTracking,
    ProposeCode,
    ReplaceCode,
    WriteToDesk,
)
from portal.infra.visits import Ticket
from portal.intake.forms.fields import Proof, demand_good_files, narrative_limit, network
from portal.intake.forms.receipt import ConfirmForm
from portal.jurisdiction.place import ReasonKind
from portal.jurisdiction.queries import current_place
from portal.web.forms import Choice, Files, LongText, PortalForm, ShortText
from portal.web.language import current_language

STARS = (
    ("5", _l("Yes, fully")),
    ("4", _l("Mostly")),
    ("3", _l("Partly")),
    ("2", _l("Hardly")),
    ("1", _l("Not at all")),
)

NO_FILES = _l(
    "We may not take files about this: even having them can be a crime. Send addresses only."
)


class CodeForm(PortalForm):
    code = ShortText(
        _l("Receipt code"),
        required=_l("Enter the code on your receipt"),
        hint=_l(
            "20 symbols, like 7K3MQ-9TD2A-…; 29 digits if you reported by telephone. Spaces, "
            "hyphens and small letters do not matter."
        ),
        max_length=100,
    )
    proof = Proof()

    def to_command(self) -> OpenTracking:
        """The order for the service."""
        return OpenTracking(self.code.data, network(), self.proof.data or "")


class PresentCodeForm(PortalForm):
    code = ShortText(
        _l("Present receipt code"),
        required=_l("Enter the code on your receipt"),
        hint=_l("So that nobody can take your report away from you in passing."),
        max_length=100,
    )
    proof = Proof()

    def to_command(self, ticket: Ticket) -> ProposeCode:
        """The order for the service."""
        return ProposeCode(ticket, self.code.data, network(), self.proof.data or "")


class NewCodeForm(ConfirmForm):
    """The end of the new code, typed back."""

    def to_order(self, ticket: Ticket) -> ReplaceCode:
        """The order for the service."""
        return ReplaceCode(ticket, self.last_four.data)


class MessageForm(PortalForm):
    text = LongText(
        _l("Your message"),
        required=_l("Write your message"),
        hint=_l("Leave out who you are, unless you want it known."),
        max_length=narrative_limit(),
    )
    files = Files(_l("Photos or other files"))

    def __init__(
        self, *, takes_files: bool, already: Sequence[int] = (), **options: object
    ) -> None:
        super().__init__(**options)
        self.takes_files = takes_files
        self.already = already

    def validate(self, extra_validators: object = None) -> bool:
        """Check the files as well, and that there may be any."""
        good = super().validate(extra_validators)
        if self.files.data and not self.takes_files:
            self.files.errors = [NO_FILES]
            return False
        return demand_good_files(self.files, self.already) and good

    @property
    def uploads(self) -> tuple[IncomingFile, ...]:
        """The files as they came."""
        return tuple(IncomingFile(file.stream, file.filename) for file in self.files.data or ())

    def to_command(self, report_id: UUID, files: tuple[UUID, ...]) -> WriteToDesk:
        """The order for the service; `files` are kept already."""
        return WriteToDesk(report_id, self.text.data, files)


class ContestForm(PortalForm):
    reason = Choice(_l("Why is it not resolved?"), required=_l("Choose a reason"))
    text = LongText(
        _l("What is still so, or what was overlooked?"),
        required=_l("Say what is still so, or what was overlooked"),
        max_length=narrative_limit(),
    )

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        language = current_language().tag
        self.reason.choices = [
            (reason.code, reason.name.in_(language))
            for reason in current_place().reasons.values()
            if reason.kind is ReasonKind.CONTEST
        ]

    def to_command(self, report_id: UUID) -> ContestResult:
        """The order for the service."""
        return ContestResult(report_id, self.reason.data, self.text.data)


class RatingForm(PortalForm):
    answered = Choice(
        _l("Did the answer deal with what you reported?"),
        choices=STARS,
        required=_l("Choose an answer to the first question"),
    )
    treated = Choice(
        _l("Were you treated with respect?"),
        choices=STARS,
        required=_l("Choose an answer to the second question"),
    )

    def to_command(self, report_id: UUID) -> RateHandling:
        """The order for the service."""
        return RateHandling(report_id, int(self.answered.data), int(self.treated.data))


class EraseForm(PortalForm):
    """A confirmation; it asks nothing more."""
