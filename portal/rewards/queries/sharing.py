"""Those who reported together, and what they agreed on."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.rewards.models import Award, RewardFinding, RewardSplit
from portal.rewards.queries.access import scheme_of
from portal.rewards.queries.standing import standings_of
from portal.rewards.rules.sharing import agreed_on
from portal.rewards.rules.standing import Standing, sharing
from portal.rewards.states import COMPUTED, RewardFindingKind


@dataclass(frozen=True, slots=True)
class Sharing:
    """What a reporter reads of the sharing: which of how many, what they entered, what counts.

    `open` until the amount of one of them is computed.
    """

    case_id: UUID
    among: tuple[UUID, ...]
    place: int
    entered: tuple[int, ...]
    agreed: tuple[int, ...]
    open: bool

    @property
    def of(self) -> int:
        """How many share."""
        return len(self.among)


def agreed_shares(session: Session, found: tuple[Standing, ...]) -> tuple[int, ...]:
    """The parts that all who share entered alike; nothing where they are equal."""
    return _agreed(_entered(session, _ids(found)), _ids(found))


def find_sharing(session: Session, report_id: UUID, case_id: UUID) -> Sharing | None:
    """The sharing a report is in; None for one that shares with nobody."""
    if not session.scalar(select(_has_joint(case_id))):
        return None
    first = select(Award).where(Award.case_id == case_id).order_by(Award.number).limit(1)
    case, award = session.get_one(Case, case_id), session.scalar(first)
    among = _ids(standings_of(session, case, scheme_of(award))) if award else ()
    if len(among) < 2 or report_id not in among:  # noqa: PLR2004  # somebody to share with
        return None
    entered = _entered(session, among)
    own = entered.get(report_id)
    computed = exists().where(
        Award.case_id == case_id, Award.report_id.in_(among), Award.state.in_(COMPUTED)
    )
    return Sharing(
        case_id=case_id,
        among=among,
        place=among.index(report_id) + 1,
        entered=own or (),
        agreed=_agreed(entered, among),
        open=not session.scalar(select(computed)),
    )


def _has_joint(case_id: UUID) -> ColumnElement[bool]:
    return exists().where(
        RewardFinding.case_id == case_id,
        RewardFinding.kind == RewardFindingKind.JOINT,
        RewardFinding.undone_at.is_(None),
    )


def _ids(found: tuple[Standing, ...]) -> tuple[UUID, ...]:
    return tuple(one.candidate.report_id for one in sharing(found))


def _entered(session: Session, among: tuple[UUID, ...]) -> dict[UUID, tuple[int, ...]]:
    """What each has entered while the same ones shared."""
    if len(among) < 2:  # noqa: PLR2004  # somebody to share with
        return {}
    rows = session.scalars(select(RewardSplit).where(RewardSplit.report_id.in_(among)))
    same = [one.hex for one in among]
    return {row.report_id: tuple(row.shares) for row in rows if row.among == same}


def _agreed(entered: dict[UUID, tuple[int, ...]], among: tuple[UUID, ...]) -> tuple[int, ...]:
    return agreed_on([entered.get(one) for one in among])
