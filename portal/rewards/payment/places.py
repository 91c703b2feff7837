"""The one place each sealed thing may stand in, and what the scheme of an award says."""

from uuid import UUID

from portal.custody.service.rewrapping import SealedTable, keep_under_newest
from portal.jurisdiction.queries import place_at
from portal.jurisdiction.reward_tables import RewardScheme
from portal.rewards.models import Award
from portal.rewards.payment.models import PayeeData


def payee_context(payment_id: UUID) -> str:
    """Where sealed payee data may stand."""
    return f"payee_data:{payment_id}"


def refusal_context(payment_id: UUID) -> str:
    """Where the reason of a refusal may stand."""
    return f"payment.refusal:{payment_id}"


def review_context(payment_id: UUID) -> str:
    """Where the words of a review may stand."""
    return f"payment.review:{payment_id}"


def sample_context(payment_id: UUID) -> str:
    """Where the words of a recipient may stand."""
    return f"sample.words:{payment_id}"


def scheme_of(award: Award) -> RewardScheme | None:
    """The scheme under which an award was promised, as it was then."""
    return place_at(award.place_version).schemes.get(award.scheme)


def pays_cash(award: Award) -> bool:
    """Whether that scheme pays against a cash code."""
    scheme = scheme_of(award)
    return scheme is not None and scheme.cash_code


keep_under_newest(SealedTable(PayeeData.payment_id, payee_context))
