"""What other schemes would have given: past cases ranked and past awards computed anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseReport
from portal.intake.models import Report
from portal.jurisdiction.place import Place
from portal.jurisdiction.reward_tables import RewardScheme
from portal.kernel.errors import RuleBroken
from portal.rewards.models import Award
from portal.rewards.queries.reporter import lines_of
from portal.rewards.queries.standing import find_standing, standings_of_many
from portal.rewards.rules.amounts import (
    Facts,
    Share,
    amount_of,
    level_of,
    needs_second,
    share_in,
    share_of,
)
from portal.rewards.rules.standing import Standing
from portal.rewards.states import ELIGIBLE

MOST_AWARDS: Final = 1_000
MOST_CASES: Final = 1_000
LOOKED_BACK: Final = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a scheme would do: sums in minor units, of the awards that it can compute.

    `cases` were decided in the last three years in its categories, `asking` are reports in them
    whose reporters want a reward, and of the newest of them so many `ranked` with a part in it.
    Of the past `awards` so many would be `refused`, `bumped` of these since the report has no part.
    """

    scheme: RewardScheme
    cases: int
    asking: int
    ranked: int
    awards: int
    before: int
    after: int
    changed: int
    refused: int
    bumped: int
    second_before: int
    second_after: int


def simulate(session: Session, candidate: Place) -> tuple[Simulated, ...]:
    """Try every scheme of a place that nobody has published on what was.

    Three statements, and two for each scheme: the cases are ranked anew by it.
    """
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
    wanted = select(Award, Case).join(Case, Case.id == Award.case_id)
    newest = wanted.where(Award.amount.is_not(None)).order_by(Award.promised_at.desc())
    awards = session.execute(newest.limit(MOST_AWARDS)).all()
    categories = {one for scheme in candidate.schemes.values() for one in scheme.categories}
    decided = select(Case).where(Case.decision_stands, Case.opened_at >= since)
    recent = decided.where(Case.category.in_(sorted(categories))).order_by(Case.opened_at.desc())
    cases = session.scalars(recent.limit(MOST_CASES)).all()
    found = []
    for scheme in candidate.schemes.values():
        past = [(award, case) for award, case in awards if award.scheme == scheme.code]
        own = [case for case in cases if case.category in scheme.categories]
        every = {case.id: case for case in [*own, *(case for _award, case in past)]}
        ranks = standings_of_many(session, [*every.values()], dict.fromkeys(every, scheme))
        ranked = sum(one.rank in ELIGIBLE for case in own for one in ranks[case.id])
        count = [by_category.get(category, (0, 0)) for category in scheme.categories]
        found.append(_simulated(scheme, count, ranked, [award for award, _ in past], ranks))
    return tuple(found)


def _simulated(
    scheme: RewardScheme,
    counts: Sequence[tuple[int, int]],
    ranked: int,
    awards: Sequence[Award],
    ranks: Mapping[UUID, tuple[Standing, ...]],
) -> Simulated:
    shares = [(one, _share(scheme, one, ranks[one.case_id])) for one in awards]
    found = [(one, _anew(scheme, one, share) if share else None) for one, share in shares]
    known = [(one, new) for one, new in found if new is not None]
    return Simulated(
        scheme=scheme,
        cases=sum(cases for cases, _asking in counts),
        asking=sum(asking for _cases, asking in counts),
        ranked=ranked,
        awards=len(found),
        before=sum(one.amount or 0 for one, _new in known),
        after=sum(amount for _one, (amount, _second) in known),
        changed=sum(one.amount != amount for one, (amount, _second) in known),
        refused=len(found) - len(known),
        bumped=sum(share is None for _one, share in shares),
        second_before=sum(one.needs_second for one, _new in known),
        second_after=sum(second for _one, (_amount, second) in known),
    )


def _share(scheme: RewardScheme, award: Award, found: tuple[Standing, ...]) -> Share | None:
    """The part of the report by the ranks of this scheme; None where it has none.

    What those who share had agreed on counts as long as they are as many.
    """
    place = find_standing(found, award.report_id)
    if place is None or found[place].rank not in ELIGIBLE:
        return None
    share = share_of(place, [one.rank for one in found], scheme.new_facts_share)
    kept = share_in(lines_of(award))
    if kept.own and (kept.place, kept.of) == (share.place, share.of):
        return replace(share, before=kept.before, own=kept.own)
    return share


def _anew(scheme: RewardScheme, award: Award, share: Share) -> tuple[int, bool] | None:
    """The amount and whether two approve, by this scheme; None where it refuses."""
    facts = Facts(award.base, award.units, award.chosen)
    try:
        found = amount_of(scheme, level_of(scheme, award.level or ""), facts, share)
    except RuleBroken:
        return None
    return found.amount, needs_second(scheme, found)
