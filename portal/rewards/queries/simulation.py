"""What other schemes would have given: past awards computed anew, and past cases counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseReport
from portal.intake.models import Report
from portal.jurisdiction.place import Place
from portal.jurisdiction.reward_tables import RewardScheme
from portal.kernel.errors import RuleBroken
from portal.rewards.models import Award
from portal.rewards.queries.reporter import lines_of
from portal.rewards.rules.amounts import Facts, amount_of, level_of, needs_second, share_in

MOST_AWARDS: Final = 1_000
LOOKED_BACK: Final = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a scheme would do: sums in minor units, of the awards that it can compute.

    `cases` were decided in the last three years in its categories, `asking` are reports in them
    whose reporters want a reward; of the past `awards` so many would be `refused`.
    """

    scheme: RewardScheme
    cases: int
    asking: int
    awards: int
    before: int
    after: int
    changed: int
    refused: int
    second_before: int
    second_after: int


def simulate(session: Session, candidate: Place) -> tuple[Simulated, ...]:
    """Try every scheme of a place that nobody has published on what was: two statements."""
    since = datetime.now(UTC) - LOOKED_BACK
    asking = func.count(Report.id).filter(Report.wants_reward)
    counts = session.execute(
        select(Case.category, func.count(Case.id.distinct()), asking)
        .join(CaseReport, CaseReport.case_id == Case.id)
        .join(Report, Report.id == CaseReport.report_id)
        .where(Case.decision_stands, Case.opened_at >= since, CaseReport.left_at.is_(None))
        .group_by(Case.category)
    )
    by_category = {category: (cases, wanted) for category, cases, wanted in counts}
    wanted = select(Award).where(Award.amount.is_not(None))
    newest = wanted.order_by(Award.promised_at.desc()).limit(MOST_AWARDS)
    awards = session.scalars(newest).all()
    return tuple(
        _simulated(scheme, by_category, [one for one in awards if one.scheme == scheme.code])
        for scheme in candidate.schemes.values()
    )


def _simulated(
    scheme: RewardScheme, counts: dict[str, tuple[int, int]], awards: Sequence[Award]
) -> Simulated:
    found = [(one, _anew(scheme, one)) for one in awards]
    known = [(one, new) for one, new in found if new is not None]
    own = [counts.get(category, (0, 0)) for category in scheme.categories]
    return Simulated(
        scheme=scheme,
        cases=sum(cases for cases, _asking in own),
        asking=sum(asking for _cases, asking in own),
        awards=len(found),
        before=sum(one.amount or 0 for one, _new in known),
        after=sum(amount for _one, (amount, _second) in known),
        changed=sum(one.amount != amount for one, (amount, _second) in known),
        refused=len(found) - len(known),
        second_before=sum(one.needs_second for one, _new in known),
        second_after=sum(second for _one, (_amount, second) in known),
    )


def _anew(scheme: RewardScheme, award: Award) -> tuple[int, bool] | None:
    """The amount and whether two approve, by this scheme; None where it refuses."""
    facts = Facts(award.base, award.units, award.chosen)
    try:
        level = level_of(scheme, award.level or "")
        found = amount_of(scheme, level, facts, share_in(lines_of(award)))
    except RuleBroken:
        return None
    return found.amount, needs_second(scheme, found)
