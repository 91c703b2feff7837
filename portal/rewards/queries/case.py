"""The rewards of a case, as the desk sees them: ranks, findings, awards and objections."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from portal.access.permissions import Permission, may
from portal.accounts.models import Account
from portal.cases.models import Case
from portal.cases.queries.access import context_of, get_case, key_of
from portal.cases.queries.access import in_scope as cases_in_scope
from portal.cases.queries.page import CaseFacts, get_facts
from portal.cases.rules import may_head, may_work
from portal.infra.keyset import in_window
from portal.intake.models import Report
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.reward_tables import ExclusionGround, RewardScheme
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of
from portal.rewards.models import IS_UNANSWERED, Award, RewardFinding, RewardObjection
from portal.rewards.queries.access import scheme_of, schemes_for
from portal.rewards.queries.desk import list_of_case
from portal.rewards.queries.reporter import answer_of, text_of
from portal.rewards.queries.standing import find_first_act, standings_of
from portal.rewards.rules.standing import FirstAct, Standing
from portal.rewards.states import ELIGIBLE, LIVE_AWARDS, RewardFindingKind

OBJECTION_KEY: Final = (datetime, UUID)


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding of the head about a report."""

    id: UUID
    reference: str
    kind: RewardFindingKind
    ground: ExclusionGround | None
    reason: str = field(repr=False)
    name: str = field(repr=False)
    at: datetime
    undone: bool


@dataclass(frozen=True, slots=True)
class ObjectionLine:
    """An objection of a reporter; `about` is the number of the refused award, if it is one."""

    id: UUID
    reference: str
    about: int | None
    at: datetime
    text: str = field(repr=False)
    answered_at: datetime | None
    granted: bool | None
    answer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenObjection:
    """An objection in the list of those that wait for an answer."""

    case: str
    unit: str
    about_refusal: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseRewards:
    """The whole page; `promisable` are the reports that can be promised a reward now."""

    facts: CaseFacts
    scheme: RewardScheme | None
    first_act: FirstAct | None
    standings: tuple[Standing, ...]
    findings: tuple[FindingLine, ...]
    awards: tuple[Award, ...]
    objections: tuple[ObjectionLine, ...]
    promisable: tuple[str, ...]
    works: bool
    heads: bool


def get_case_rewards(session: Session, number: str, actor: Actor) -> CaseRewards:
    """Everything about the rewards of a case in scope; NotFound for any other.

    The ranks are those of the scheme of its first award, or of the first that rewards its category.
    """
    facts = get_facts(session, number, actor)
    case = get_case(session, number, actor)
    awards = list_of_case(session, case.id)
    offered = schemes_for(current_place(), case.category)
    scheme = scheme_of(awards[0]) if awards else next(iter(offered), None)
    found = standings_of(session, case, scheme) if scheme else ()
    live = {one.report_id for one in awards if one.state in LIVE_AWARDS}
    works = may_work(actor, case.department_code) and may(actor, Permission.PROPOSE_AWARDS)
    heads = may_head(actor, case.department_code) and may(actor, Permission.CONFIRM_AWARDS)
    free = (
        one.candidate.reference
        for one in found
        if one.rank in ELIGIBLE and one.candidate.report_id not in live
    )
    return CaseRewards(
        facts=facts,
        scheme=scheme,
        first_act=find_first_act(session, case, scheme) if scheme else None,
        standings=found,
        findings=_findings(session, case),
        awards=awards,
        objections=_objections(session, case),
        promisable=tuple(free) if works and offered else (),
        works=works,
        heads=heads,
    )


def get_objection(session: Session, number: str, which: UUID, actor: Actor) -> ObjectionLine:
    """One objection of a case in scope; NotFound for any other."""
    found = _objections(session, get_case(session, number, actor))
    line = next((one for one in found if one.id == which), None)
    if line is None:
        raise NotFound("objection")
    return line


def list_objections(session: Session, actor: Actor, window: Window) -> Page[OpenObjection]:
    """The unanswered objections of the cases in scope, the oldest first."""
    asked = (
        select(RewardObjection, Case.number, Case.department_code)
        .join(Case, Case.id == RewardObjection.case_id)
        .where(text(f"reward_objection.{IS_UNANSWERED}"), cases_in_scope(actor))
    )
    order = RewardObjection.at, RewardObjection.id
    rows = session.execute(in_window(asked, window, *order)).all()
    page = page_of(rows, window, lambda row: (row[0].at, row[0].id))
    lines = tuple(
        OpenObjection(number, unit, one.award_id is not None, one.at)
        for one, number, unit in page.items
    )
    return Page(lines, page.after, page.before)


def _findings(session: Session, case: Case) -> tuple[FindingLine, ...]:
    rows = session.execute(
        select(RewardFinding, Report.reference, Account.display_name)
        .join(Report, Report.id == RewardFinding.report_id)
        .join(Account, Account.id == RewardFinding.by)
        .where(RewardFinding.case_id == case.id)
        .order_by(RewardFinding.at)
    )
    key = key_of(case)
    return tuple(
        FindingLine(
            one.id,
            reference,
            one.kind,
            one.ground,
            key.decrypt_text(one.reason, context_of("reward_finding.reason", one.id)),
            name,
            one.at,
            one.undone_at is not None,
        )
        for one, reference, name in rows
    )


def _objections(session: Session, case: Case) -> tuple[ObjectionLine, ...]:
    rows = session.execute(
        select(RewardObjection, Report, Award.number)
        .join(Report, Report.id == RewardObjection.report_id)
        .outerjoin(Award, Award.id == RewardObjection.award_id)
        .where(RewardObjection.case_id == case.id)
        .order_by(RewardObjection.at)
    )
    return tuple(
        ObjectionLine(
            one.id,
            report.reference,
            about,
            one.at,
            text_of(one, report),
            one.answered_at,
            one.granted,
            answer_of(one, case),
        )
        for one, report, about in rows
    )
