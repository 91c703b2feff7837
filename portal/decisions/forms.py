"""What staff fill in about decisions and reviews, and what a party fills in on its page."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.casework.forms import LONGEST_TEXT, ActForm, Options
from portal.decisions.service.access import EnterAsParty, OpenPartyPage
from portal.decisions.service.drafting import AddMeasure, DraftDecision, DropMeasure, SettleDecision
from portal.decisions.service.party import (
    AskForHearing,
    EnterHearingWish,
    FileObjection,
    RefuseHearing,
    SetHearing,
    WriteStatement,
)
from portal.decisions.service.reviewing import AdmitReview, DecideReview, ExtendReview
from portal.decisions.states import DecisionAction, DecisionSource, ReviewOutcome
from portal.evidence.service import IncomingFile
from portal.intake.forms.fields import Proof, demand_good_files, narrative_limit, network
from portal.jurisdiction.place import Place
from portal.web.forms import Choice, Day, Files, LongText, Number, Pick, PortalForm, ShortText, Tick
from portal.web.labels import choices

YES, NO = "yes", "no"
TO_THE_PARTY = _l("The party reads it. Write nothing that could tell who reported the matter.")
TO_WHO_ASKED = _l("Whoever asked for the review reads it. Write nothing of the other side.")


class DraftForm(ActForm):
    """A decision: all that a statement of reasons says but the measures."""

    source = Choice(
        _l("What did the case come from?"), required=_l("Choose what the case came from")
    )
    automated = Tick(
        _l("A program took part in finding or judging it"),
        hint=_l("People decide; a party may know whether a program helped."),
    )
    basis = Pick(_l("Legal basis"))
    article = ShortText(
        _l("Another provision, with its article"),
        max_length=300,
        hint=_l("Needed only where the list has none that fits."),
    )
    facts = LongText(
        _l("The facts"),
        required=_l("State the facts"),
        max_length=LONGEST_TEXT,
        hint=TO_THE_PARTY,
    )
    objection_to = ShortText(
        _l("To whom an objection goes"), required=_l("Say to whom an objection goes")
    )
    court = ShortText(
        _l("Court, and within which time"), required=_l("Name the court, and until when")
    )
    replaces = Pick(_l("Replaces the decision"))

    def offer(self, place: Place, language: str) -> None:
        self.source.choices = choices(DecisionSource)
        listed = [(code, one.name.in_(language)) for code, one in place.bases.items()]
        self.basis.choices = [("", _("Another provision")), *listed]

    def offer_to_replace(self, numbers: Sequence[int]) -> None:
        """The decisions in force, which only another decision can end."""
        listed = [(str(one), _("No. %(number)d", number=one)) for one in numbers]
        self.replaces.choices = [("", _("No earlier decision")), *listed]

    def validate_article(self, field: ShortText) -> None:
        """There is no decision without a provision."""
        if not field.data and not self.basis.data:
            raise StopValidation(_("Choose a provision, or enter one with its article"))

    def to_command(self, number: str) -> DraftDecision:
        return DraftDecision(
            number=number,
            source=DecisionSource(self.source.data),
            basis=self.basis.data or "",
            article=self.article.data or "",
            facts=self.facts.data,
            objection_to=self.objection_to.data,
            court=self.court.data,
            automated=bool(self.automated.data),
            replaces=int(self.replaces.data) if self.replaces.data else None,
            seen_version=self.seen_version,
        )


class MeasureForm(ActForm):
    """A measure against one party."""

    party = Pick(_l("Party"), required=_l("Choose the party"))
    measure = Pick(
        _l("Measure"),
        required=_l("Choose the measure"),
        hint=_l("Some are offered only from a certain grade of the case on."),
    )
    detail = LongText(
        _l("What exactly is ordered"),
        required=_l("Say what is ordered"),
        max_length=LONGEST_TEXT,
        hint=TO_THE_PARTY,
    )
    last_on = Day(_l("Last day, if it ends by itself"))

    def offer_parties(self, parties: Options) -> None:
        """The parties of the case."""
        self.party.choices = [("", _("Choose")), *parties]

    def to_command(self, number: str, decision: int) -> AddMeasure:
        what = UUID(self.party.data), self.measure.data, self.detail.data, self.last_on.data
        return AddMeasure(number, decision, *what, self.seen_version)


class DropForm(ActForm):
    """Taking a measure out asks nothing."""

    def to_command(self, number: str, decision: int, measure: UUID) -> DropMeasure:
        return DropMeasure(number, decision, measure, self.seen_version)


class SettleForm(ActForm):
    """Approving or giving up asks nothing."""

    def to_command(self, number: str, decision: int, action: DecisionAction) -> SettleDecision:
        return SettleDecision(number, decision, action, self.seen_version)


class PartyPageForm(ActForm):
    """What is held against a party."""

    alleged = LongText(
        _l("What is held against the party, and what it may send"),
        required=_l("Say what is held against the party"),
        max_length=LONGEST_TEXT,
        hint=TO_THE_PARTY,
    )

    def to_command(self, number: str, party: UUID) -> OpenPartyPage:
        return OpenPartyPage(number, party, self.alleged.data, self.seen_version)


class HearingWishForm(ActForm):
    """What a party said when it asked to be heard."""

    text = LongText(
        _l("When and how it asked, in its words"),
        required=_l("Write when and how it asked"),
        max_length=2000,
        hint=TO_THE_PARTY,
    )

    def to_command(self, number: str, party: UUID) -> EnterHearingWish:
        return EnterHearingWish(number, party, self.text.data, self.seen_version)


class HearingForm(ActForm):
    """Day and place of a hearing."""

    on = Day(_l("Day of the hearing"), required=_l("Enter the day of the hearing"))
    where = ShortText(_l("Time and place"), required=_l("Enter time and place"), max_length=300)

    def from_day(self, first: date) -> None:
        """Say which day is the first that the party is told of in time."""
        day = format_date(first, "long")
        self.on.description = _("Not before %(day)s, so that the party is told in time.", day=day)

    def to_command(self, number: str, party: UUID) -> SetHearing:
        return SetHearing(number, party, self.on.data, self.where.data, self.seen_version)


class RefuseHearingForm(ActForm):
    """Why a party is not heard in person."""

    reason = LongText(
        _l("Why is the party not heard in person?"),
        required=_l("Say why it is not heard"),
        max_length=LONGEST_TEXT,
        hint=TO_THE_PARTY,
    )

    def to_command(self, number: str, party: UUID) -> RefuseHearing:
        return RefuseHearing(number, party, self.reason.data, self.seen_version)


class AdmitForm(ActForm):
    """Whether a review is admissible."""

    admissible = Choice(_l("Is it admissible?"), required=_l("Choose whether it is admissible"))
    reasons = LongText(_l("Reasons"), max_length=LONGEST_TEXT, hint=TO_WHO_ASKED)

    def offer(self, _place: Place, _language: str) -> None:
        self.admissible.choices = [(YES, _("Yes, it is decided")), (NO, _("No, it is refused"))]

    def validate_reasons(self, field: LongText) -> None:
        """A refusal says why."""
        if self.admissible.data == NO and not field.data:
            raise StopValidation(_("Say why it is refused"))

    def to_command(self, number: str, review: UUID) -> AdmitReview:
        reasons = self.reasons.data or ""
        return AdmitReview(number, review, self.admissible.data == YES, reasons, self.seen_version)


class OutcomeForm(ActForm):
    """The outcome of a review."""

    outcome = Choice(_l("Outcome"), required=_l("Choose the outcome"))
    reasons = LongText(
        _l("Reasons"),
        required=_l("Give the reasons"),
        max_length=LONGEST_TEXT,
        hint=TO_WHO_ASKED,
    )

    def offer_outcomes(self, fitting: Sequence[ReviewOutcome]) -> None:
        """Offer the outcomes that the review can have."""
        self.outcome.choices = [one for one in choices(ReviewOutcome) if one[0] in fitting]

    def to_command(self, number: str, review: UUID) -> DecideReview:
        outcome = ReviewOutcome(self.outcome.data)
        return DecideReview(number, review, outcome, self.reasons.data, self.seen_version)


class ExtendReviewForm(ActForm):
    """More time for a review."""

    days = Number(_l("How many days more?"), required=_l("Enter how many days more"))
    reason = LongText(
        _l("Why is more time needed?"),
        required=_l("Say why more time is needed"),
        max_length=LONGEST_TEXT,
        hint=TO_WHO_ASKED,
    )

    def to_command(self, number: str, review: UUID) -> ExtendReview:
        days, reason = self.days.data, self.reason.data
        return ExtendReview(number, review, days, reason, self.seen_version)


class PartyCodeForm(PortalForm):
    code = ShortText(
        _l("Code on the notice"),
        required=_l("Enter the code on the notice"),
        hint=_l("20 symbols, like 7K3MQ-9TD2A-…. Spaces, hyphens and small letters do not matter."),
        max_length=100,
    )
    proof = Proof()

    def to_command(self) -> EnterAsParty:
        """The order for the service."""
        return EnterAsParty(self.code.data, network(), self.proof.data or "")

    def refuse(self) -> None:
        """Say that the code opens nothing, and show it to nobody again."""
        self.code.data = ""
        self.code.errors = [_("This code opens no page. Check every symbol.")]


class _LetterForm(PortalForm):
    """Words of a party, with files."""

    text = LongText(_l("Your words"), required=_l("Write your words"), max_length=narrative_limit())
    files = Files(_l("Documents or photos"))

    def __init__(self, *, already: Sequence[int] = (), **options: object) -> None:
        super().__init__(**options)
        self.already = already

    def validate(self, extra_validators: object = None) -> bool:
        """Check the files as well."""
        good = super().validate(extra_validators)
        return demand_good_files(self.files, self.already) and good

    @property
    def uploads(self) -> tuple[IncomingFile, ...]:
        """The files as they came."""
        return tuple(IncomingFile(file.stream, file.filename) for file in self.files.data or ())


class StatementForm(_LetterForm):
    def to_command(self, party: UUID, files: tuple[UUID, ...]) -> WriteStatement:
        """The order for the service; `files` are kept already."""
        return WriteStatement(party, self.text.data, files)


class ObjectionForm(_LetterForm):
    def to_command(self, party: UUID, decision: int, files: tuple[UUID, ...]) -> FileObjection:
        """The order for the service; `files` are kept already."""
        return FileObjection(party, decision, self.text.data, files)


class HearingAskForm(PortalForm):
    text = LongText(
        _l("What you want to be heard about"),
        required=_l("Say what you want to be heard about"),
        max_length=2000,
    )

    def to_command(self, party: UUID) -> AskForHearing:
        """The order for the service."""
        return AskForHearing(party, self.text.data)
