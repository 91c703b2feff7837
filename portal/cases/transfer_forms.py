"""What is filled in to hand a whole case to another unit of the office."""

from uuid import UUID

from flask_babel import lazy_gettext as _l

from portal.cases.service.transfer import AcceptCase, OfferAgain, OfferCase, WithdrawOffer
from portal.cases.states import USUAL_PARTS, OfferPart
from portal.casework.forms import LONGEST_REASON, ActForm
from portal.casework.lead_forms import ElsewhereForm
from portal.jurisdiction.place import Place
from portal.web.forms import Choices, LongText
from portal.web.labels import choices


class OfferAgainForm(ElsewhereForm):
    """To which unit a case goes, and why it is theirs."""

    asked = LongText(
        _l("Why is it theirs?"),
        required=_l("Say why it is theirs"),
        max_length=LONGEST_REASON,
        hint=_l("The unit there reads this. Write nothing that could tell who the reporter is."),
    )

    def to_order(self, number: str, lead_id: UUID) -> OfferAgain:
        region, unit, reason, seen = self._where()
        return OfferAgain(number, lead_id, region, unit, reason, seen)


class OfferForm(OfferAgainForm):
    """The same, and what is read before anybody accepts."""

    parts = Choices(
        _l("What may they read before they accept?"),
        hint=_l("Who reported it never goes along. Files stay out unless you tick them."),
    )

    def offer(self, place: Place, language: str) -> None:
        super().offer(place, language)
        self.parts.choices = choices(OfferPart)
        if not self.is_submitted():
            self.parts.data = [str(part) for part in USUAL_PARTS]

    def to_command(self, number: str) -> OfferCase:
        region, unit, reason, seen = self._where()
        chosen = tuple(OfferPart(part) for part in self.parts.data or ())
        return OfferCase(number, region, unit, reason, chosen, seen)


class AcceptCaseForm(ActForm):
    """Accepting asks nothing."""

    def to_command(self, lead_id: UUID) -> AcceptCase:
        return AcceptCase(lead_id, self.seen_version)


class WithdrawOfferForm(ActForm):
    """Keeping a case after all asks nothing."""

    def to_command(self, number: str, lead_id: UUID) -> WithdrawOffer:
        return WithdrawOffer(number, lead_id, self.seen_version)
