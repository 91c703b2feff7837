"""What is filled in about the transfer of a case to the police."""

from uuid import UUID

from flask_babel import lazy_gettext as _l

from portal.casework.forms import LONGEST_REASON, LONGEST_TEXT, ActForm
from portal.transfers.service.police import (
    AnswerReferral,
    DecideReferral,
    HandOverCase,
    ProposeReferral,
)
from portal.transfers.states import ReferralAction, ReferralResult
from portal.web.forms import Choice, Choices, Day, LongText, ShortText, Tick
from portal.web.labels import choices


class ProposeForm(ActForm):
    """Why a crime is suspected."""

    reason = LongText(
        _l("Why is a crime suspected?"),
        required=_l("Say why a crime is suspected"),
        max_length=LONGEST_TEXT,
        hint=_l("This is printed on the sheet. Write nothing that could tell who the reporter is."),
    )

    papers = Choices(
        _l("Which papers of the file go with it?"),
        hint=_l("A paper goes only if you choose it. Leave out what names the reporter."),
    )

    def of_case(self, papers: list[tuple[str, str]]) -> "ProposeForm":
        """Offer the papers of a case; where it has none, nothing is asked about them."""
        if papers:
            self.papers.choices = papers
        else:
            del self.papers
        return self

    def to_command(self, number: str) -> ProposeReferral:
        papers = tuple(UUID(one) for one in self.papers.data) if "papers" in self else ()
        return ProposeReferral(number, self.reason.data, papers, self.seen_version)


class DecideForm(ActForm):
    """Why it is approved, refused or withdrawn."""

    reason = LongText(
        _l("Why do you decide so?"), required=_l("Say why"), max_length=LONGEST_REASON
    )

    carried = Tick(
        _l("The police had it already"),
        hint=_l("Tick this if it was carried before the complaint came. Nobody can call it back."),
    )

    def about(self, action: ReferralAction, *, stopped: bool) -> "DecideForm":
        """Ask only of a withdrawal of what is stopped whether the police had it."""
        if action is not ReferralAction.WITHDRAW or not stopped:
            del self.carried
        return self

    def to_order(self, number: str, which: UUID, action: ReferralAction) -> DecideReferral:
        carried = "carried" in self and self.carried.data
        said = self.reason.data, self.seen_version, carried
        return DecideReferral(number, which, action, *said)


class HandOverForm(ActForm):
    """Who received the bundle, under which receipt."""

    receiver = ShortText(_l("Who received it?"), required=_l("Say who received it"), max_length=200)
    receipt = ShortText(
        _l("Number of the receipt"), required=_l("Enter the number"), max_length=100
    )

    def to_command(self, number: str, which: UUID) -> HandOverCase:
        said = self.receiver.data, self.receipt.data
        return HandOverCase(number, which, *said, self.seen_version)


class AnswerForm(ActForm):
    """What the police decided."""

    result = Choice(_l("What did the police decide?"), required=_l("Choose what they decided"))
    answered_on = Day(_l("Date of the answer"), required=_l("Enter the date of the answer"))
    text = LongText(_l("What they wrote"), required=_l("Write the answer"), max_length=LONGEST_TEXT)

    def offer(self, _place: object, _language: str) -> None:
        self.result.choices = choices(ReferralResult)

    def to_command(self, number: str, which: UUID) -> AnswerReferral:
        result = ReferralResult(self.result.data)
        said = self.answered_on.data, result, self.text.data
        return AnswerReferral(number, which, *said, self.seen_version)
