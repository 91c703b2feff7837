"""What is filled in about counter-notices: by the party, by whoever complained, by staff."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.casework.forms import LONGEST_TEXT, ActForm
from portal.counter_notices.queries.reading import Concerned, Said
from portal.counter_notices.rules import MOST_ADDRESSES, lacking
from portal.counter_notices.service.deciding import (
    DecideCounterNotice,
    NoteReinstatement,
    PassOn,
)
from portal.counter_notices.service.filing import AnswerCounterNotice, FileCounterNotice
from portal.counter_notices.states import ComplainantAnswer, ComplaintFinding
from portal.counter_notices.words import complaint_name
from portal.evidence.service import IncomingFile
from portal.intake.forms.fields import demand_good_files
from portal.intake.rules import looks_like_address
from portal.jurisdiction.place import Place
from portal.jurisdiction.tables import CounterElement, CounterReason
from portal.web.forms import Choice, Choices, Day, Files, LongText, PortalForm, ShortText, Tick
from portal.web.labels import choices, label

YES, NO = "yes", "no"
_LONGEST_WORK: Final = 300
TO_BOTH = _l("Both sides read it. Write nothing that could tell who reported the matter.")


class CounterNoticeForm(PortalForm):
    """A counter-notice, with what the place demands."""

    reason = Choice(_l("Why may it stay?"), required=_l("Choose why it may stay"))
    addresses = LongText(
        _l("Addresses that should be open again"),
        required=_l("Enter at least one address"),
        max_length=LONGEST_TEXT,
        hint=_l("One on a line, like https://example.com/page."),
    )
    work = ShortText(_l("Title of what is there"), max_length=_LONGEST_WORK)
    text = LongText(
        _l("Your reasons, for whoever complained"),
        required=_l("Give your reasons"),
        max_length=LONGEST_TEXT,
        hint=_l(
            "The office passes on to whoever complained what they need of it. "
            "Name no contact of yours here."
        ),
    )
    name = ShortText(_l("Your name, for the office"), max_length=200)
    address = ShortText(_l("Your postal address, for the office"), max_length=300)
    contact = ShortText(_l("Telephone or e-mail, for the office"), max_length=200)
    signature = ShortText(_l("Signature: your full name"), max_length=200)
    files = Files(_l("Documents that show it"))
    declared = Tick(_l("I declare this"), required=_l("It is filed with the declaration only"))

    def offer(self, place: Place) -> None:
        """The reasons that the place has."""
        rules = place.complaints.counter
        self.reason.choices = [(one.value, label(one)) for one in rules.reasons]
        self.rules = rules

    def suggest(self, addresses: Sequence[str]) -> None:
        """The addresses of the notice by which the party was told."""
        if not self.is_submitted():
            self.addresses.data = "\n".join(addresses)

    def validate(self, extra_validators: object = None) -> bool:
        """Ask for each element that the place demands, and look at the files."""
        good = super().validate(extra_validators)
        good = demand_good_files(self.files) and good
        has = {**{one: self[one].data for one in _ELEMENTS}, "proof": self.files.data}
        for missing in lacking(self.rules, has):
            field = self.files if missing is CounterElement.PROOF else self[missing.value]
            field.errors = [_MISSING[missing]]
            good = False
        return good

    def validate_addresses(self, field: LongText) -> None:
        """Addresses of the web, and not too many."""
        lines = _lines(field.data)
        if len(lines) > MOST_ADDRESSES or not all(map(looks_like_address, lines)):
            raise StopValidation(_("Enter addresses like https://example.com/page, one on a line"))

    @property
    def uploads(self) -> tuple[IncomingFile, ...]:
        """The files as they came."""
        return tuple(IncomingFile(file.stream, file.filename) for file in self.files.data or ())

    def to_command(self, party: UUID, files: tuple[UUID, ...]) -> FileCounterNotice:
        """The order for the service; the files are kept already."""
        said = Said(
            _lines(self.addresses.data),
            self.text.data,
            **{one: self[one].data or "" for one in _ELEMENTS},
        )
        return FileCounterNotice(party, CounterReason(self.reason.data), said, files)


_MISSING: Final = {
    CounterElement.WORK: _l("Enter the title of what is there"),
    CounterElement.NAME: _l("Enter your name"),
    CounterElement.ADDRESS: _l("Enter your postal address"),
    CounterElement.CONTACT: _l("Enter a telephone number or an e-mail address"),
    CounterElement.PROOF: _l("Add a document that shows it"),
    CounterElement.SIGNATURE: _l("Sign with your full name"),
}
_ELEMENTS = tuple(one.value for one in CounterElement if one is not CounterElement.PROOF)


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in (text or "").splitlines() if one.strip()))


class AnswerForm(PortalForm):
    """What whoever complained says to a counter-notice."""

    answer = Choice(_l("What do you say to it?"), required=_l("Choose an answer"))
    words = LongText(
        _l("Your words, for the office"),
        max_length=LONGEST_TEXT,
        hint=_l("Name the court and the number if you have gone to court."),
    )

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.answer.choices = choices(ComplainantAnswer)

    def to_command(self, number: str, complaint: int, notice: UUID) -> AnswerCounterNotice:
        """The order for the service."""
        answer = ComplainantAnswer(self.answer.data)
        return AnswerCounterNotice(number, complaint, notice, answer, self.words.data or "")


class PassOnForm(ActForm):
    """Whom a counter-notice is passed on to."""

    complaints = Choices(_l("Complaints"), required=_l("Choose at least one complaint"))
    words = LongText(
        _l("What they read of it"),
        required=_l("Write what they read of it"),
        max_length=_LONGEST_WORK + len("\n\n") + LONGEST_TEXT,  # room for the whole
        hint=_l("With the reason and the address of their own complaint, and nothing else."),
    )

    def offer_complaints(self, concerned: Sequence[Concerned]) -> None:
        """The complaints of the case."""
        self.complaints.choices = _choices(concerned)

    def offer_words(self, said: Said, *, several: bool) -> None:
        """Offer the whole where whoever complained is alone in the case."""
        if not self.is_submitted() and not several:
            self.words.data = said.whole

    def to_command(self, number: str, notice: int) -> PassOn:
        """The order for the service."""
        chosen = tuple(UUID(one) for one in self.complaints.data)
        return PassOn(number, notice, chosen, self.words.data, self.seen_version)


class DecideForm(ActForm):
    """Whether a counter-notice is right, and what that says of the complaints."""

    accepted = Choice(_l("Is the counter-notice right?"), required=_l("Choose whether it is right"))
    reasons = LongText(
        _l("Reasons"), required=_l("Give the reasons"), max_length=LONGEST_TEXT, hint=TO_BOTH
    )
    told_reasons = LongText(
        _l("Reasons, as whoever complained reads them"),
        required=_l("Give the reasons as whoever complained reads them"),
        max_length=LONGEST_TEXT,
        hint=_l(
            "Several people reported in this case and must not learn of each other. "
            "Name nothing that only one of them named."
        ),
    )
    finding = Choice(
        _l("If it is right: how was the complaint filed?"),
        required=_l("Choose how it was filed"),
        hint=_l("It counts once nobody can contest it any more, and nothing follows by itself."),
    )
    complaints = Choices(_l("Complaints that this is found of"))

    def offer_complaints(self, concerned: Sequence[Concerned], *, several: bool) -> None:
        """The complaints that it was passed on to; for several the reasons are given twice."""
        self.accepted.choices = [(YES, _("Yes, it is accepted")), (NO, _("No, it is turned down"))]
        self.finding.choices = choices(ComplaintFinding)
        self.complaints.choices = _choices(concerned)
        if not several:
            del self.told_reasons
        if not self.is_submitted():
            self.finding.data = ComplaintFinding.IN_GOOD_FAITH.value
            self.complaints.data = [str(one.id) for one in concerned]

    def to_command(self, number: str, notice: int) -> DecideCounterNotice:
        """The order for the service."""
        return DecideCounterNotice(
            number=number,
            notice=notice,
            accepted=self.accepted.data == YES,
            reasons=self.reasons.data,
            finding=ComplaintFinding(self.finding.data),
            complaints=tuple(UUID(one) for one in self.complaints.data or ()),
            told_reasons=self["told_reasons"].data if "told_reasons" in self else "",
            seen_version=self.seen_version,
        )


class ReinstateForm(ActForm):
    """The day on which something was back."""

    on = Day(_l("Back since"), required=_l("Enter the day"))

    def to_command(self, number: str, notice: int) -> NoteReinstatement:
        """The order for the service."""
        return NoteReinstatement(number, notice, self.on.data, self.seen_version)


def _choices(concerned: Sequence[Concerned]) -> list[tuple[str, str]]:
    return [(str(one.id), complaint_name(one)) for one in concerned]
