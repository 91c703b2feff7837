"""Plans of a year, their campaigns and tasks, as staff read them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, select, text, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from portal.access.permissions import Permission, may
from portal.accounts.models import Account
from portal.campaigns.models import IS_REMINDED, Campaign, CampaignPlan, CampaignTask
from portal.campaigns.rules import MOST_CAMPAIGNS, keeps, may_end, may_settle
from portal.campaigns.states import PlanState, PlanTaskState
from portal.cases.queries.regions import codes_inside
from portal.casework.queries.board import days_left
from portal.casework.queries.filters import Viewpoint
from portal.infra.keyset import in_window
from portal.jurisdiction.place import Department
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, ActorKind
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of

Ts = TypeVarTuple("Ts")

PLANS_KEY: Final = (int, UUID)
DUE_KEY: Final = (int, UUID)
NONE_YET: Final[Mapping[PlanTaskState, int]] = {}


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan as the list shows it, with how much of it is done."""

    id: UUID
    year: int
    region: str
    department: str
    state: PlanState
    accountable: str | None = field(repr=False)
    counts: Mapping[PlanTaskState, int]


@dataclass(frozen=True, slots=True)
class TaskLine:
    """What a unit has to do; `overdue` while it is open after its day."""

    id: UUID
    text: str = field(repr=False)
    department: str
    due_on: date
    state: PlanTaskState
    outcome: str = field(repr=False)
    overdue: bool
    may_settle: bool


@dataclass(frozen=True, slots=True)
class DueLine:
    """A task of the reader's unit whose day is near or over, and the plan it stands in."""

    id: UUID
    plan_id: UUID
    year: int
    region: str
    campaign: str = field(repr=False)
    text: str = field(repr=False)
    due_on: date
    days_left: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A campaign with its tasks, and how many of them stand where."""

    id: UUID
    name: str = field(repr=False)
    starts_on: date
    ends_on: date
    accountable: str | None = field(repr=False)
    tasks: tuple[TaskLine, ...]
    counts: Mapping[PlanTaskState, int]


@dataclass(frozen=True, slots=True)
class PlanPage:
    """A plan with all that belongs to it, and what the reader may do."""

    line: PlanLine
    campaigns: tuple[CampaignLine, ...]
    keeps: bool
    may_end: bool


def in_scope(actor: Actor) -> ColumnElement[bool]:
    """The plans an actor may read: those of their own region, of those above it and within it."""
    if actor.kind in {ActorKind.SYSTEM, ActorKind.OPERATOR}:
        return true()
    own = actor.region or (actor.department or "").rpartition("@")[2]
    if actor.kind is not ActorKind.STAFF or not own or not may(actor, Permission.READ_PLANS):
        return false()
    place = current_place()
    if own == place.root:
        return true()
    above = {place.root, *(step.code for step in place.lineage(own))}
    return CampaignPlan.region.in_(above.union(codes_inside(place.version, own)))


def get_plan(
    session: Session, plan_id: UUID, actor: Actor, *, for_update: bool = False
) -> CampaignPlan:
    """A plan; NotFound for one that the actor may not read."""
    wanted = select(CampaignPlan).where(CampaignPlan.id == plan_id, in_scope(actor))
    found = session.scalar(wanted.with_for_update() if for_update else wanted)
    if found is None:
        raise NotFound("plan")
    return found


def get_campaign(session: Session, campaign_id: UUID, actor: Actor) -> Campaign:
    """A campaign of a plan that the actor may read; NotFound for any other."""
    belongs = and_(CampaignPlan.id == Campaign.plan_id, in_scope(actor))
    wanted = select(Campaign).join(CampaignPlan, belongs).where(Campaign.id == campaign_id)
    found = session.scalar(wanted)
    if found is None:
        raise NotFound("campaign")
    return found


def get_task(session: Session, task_id: UUID, actor: Actor) -> CampaignTask:
    """A task of a plan that the actor may read; NotFound for any other."""
    found = session.get(CampaignTask, task_id)
    if found is None:
        raise NotFound("plan-task")
    get_campaign(session, found.campaign_id, actor)
    return found


def list_plans(session: Session, actor: Actor, window: Window) -> Page[PlanLine]:
    """The plans there are, the newest year first."""
    asked = (
        select(CampaignPlan, Account.display_name)
        .outerjoin(Account, _answers(CampaignPlan.accountable_id))
        .where(in_scope(actor))
    )
    order = CampaignPlan.year, CampaignPlan.id
    rows = session.execute(in_window(asked, window, *order, newest_first=True)).all()
    page = page_of(rows, window, lambda row: (row[0].year, row[0].id))
    counts = _counted(session, [row[0].id for row in page.items])
    lines = tuple(_line(plan, name, counts.get(plan.id, NONE_YET)) for plan, name in page.items)
    return Page(lines, page.after, page.before)


def _answers(who: InstrumentedAttribute[UUID | None] | UUID | None) -> ColumnElement[bool]:
    """Whoever answers for it; a closed account answers for nothing (U14)."""
    return and_(Account.id == who, Account.disabled_at.is_(None))


def _counted(
    session: Session, plans: Collection[UUID]
) -> Mapping[UUID, Mapping[PlanTaskState, int]]:
    """How many tasks of each plan stand where."""
    rows = session.execute(
        select(Campaign.plan_id, CampaignTask.state, func.count())
        .join(CampaignTask, CampaignTask.campaign_id == Campaign.id)
        .where(Campaign.plan_id.in_(plans))
        .group_by(Campaign.plan_id, CampaignTask.state)
    )
    found: dict[UUID, Counter[PlanTaskState]] = defaultdict(Counter)
    for plan_id, state, count in rows:
        found[plan_id][state] = count
    return found


def _line(
    plan: CampaignPlan, accountable: str | None, counts: Mapping[PlanTaskState, int]
) -> PlanLine:
    return PlanLine(
        id=plan.id,
        year=plan.year,
        region=plan.region,
        department=plan.department_code,
        state=plan.state,
        accountable=accountable,
        counts=counts,
    )


def get_page(session: Session, plan_id: UUID, view: Viewpoint) -> PlanPage:
    """A plan with its campaigns and tasks; NotFound for one that the actor may not read."""
    plan = get_plan(session, plan_id, view.actor)
    rows = session.execute(
        select(Campaign, Account.display_name)
        .outerjoin(Account, _answers(Campaign.accountable_id))
        .where(Campaign.plan_id == plan.id)
        .order_by(Campaign.starts_on, Campaign.id)
        .limit(MOST_CAMPAIGNS)
    ).all()
    tasks = _tasks_of(session, [row[0].id for row in rows])
    campaigns = tuple(_campaign(one, name, tasks.get(one.id, ()), plan, view) for one, name in rows)
    counts = sum((Counter(one.counts) for one in campaigns), Counter[PlanTaskState]())
    named = select(Account.display_name).where(_answers(plan.accountable_id))
    current = plan.state is PlanState.CURRENT
    may_keep = current and keeps(view.actor, plan.department_code)
    ready = may_end(view.today, plan.year)
    line = _line(plan, session.scalar(named), counts)
    return PlanPage(line, campaigns, may_keep, may_keep and ready)


def _tasks_of(
    session: Session, campaigns: Collection[UUID]
) -> Mapping[UUID, Sequence[CampaignTask]]:
    found: dict[UUID, list[CampaignTask]] = defaultdict(list)
    wanted = select(CampaignTask).where(CampaignTask.campaign_id.in_(campaigns))
    for task in session.scalars(wanted.order_by(CampaignTask.due_on, CampaignTask.id)):
        found[task.campaign_id].append(task)
    return found


def _campaign(
    one: Campaign,
    accountable: str | None,
    tasks: Sequence[CampaignTask],
    plan: CampaignPlan,
    view: Viewpoint,
) -> CampaignLine:
    return CampaignLine(
        id=one.id,
        name=one.name,
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        accountable=accountable,
        tasks=tuple(_task(task, plan, view) for task in tasks),
        counts=Counter(task.state for task in tasks),
    )


def _task(task: CampaignTask, plan: CampaignPlan, view: Viewpoint) -> TaskLine:
    open_ = task.state is PlanTaskState.OPEN
    theirs = may_settle(view.actor, task.department_code, plan.department_code)
    return TaskLine(
        id=task.id,
        text=task.text,
        department=task.department_code,
        due_on=task.due_on,
        state=task.state,
        outcome=task.outcome,
        overdue=open_ and task.due_on < view.today,
        may_settle=open_ and theirs and plan.state is PlanState.CURRENT,
    )


def find_unit(plan: CampaignPlan, typed: str) -> Department | None:
    """The unit with this code or name inside the territory of a plan, if it is one only."""
    place = current_place()
    units = place.departments
    named = [one for one in units.values() if typed in (one.code, one.name.zh, one.name.en)]
    inside = [one for one in named if place.inside(one.region, plan.region)]
    return inside[0] if len(inside) == 1 else None


def units_of(plan: CampaignPlan) -> list[Department]:
    """The units that answer for the very territory of a plan, our own ones."""
    place = current_place()
    units = place.departments.values()
    return [one for one in units if one.region == plan.region and not place.is_outside(one.code)]


# --- What a unit is reminded of -----------------------------------------------------------------


def heap_of_due(view: Viewpoint) -> Select[int]:
    """The tasks of plans that the reader's unit is reminded of."""
    return _joined(select(literal(1)).select_from(CampaignTask), view)


def list_due(session: Session, view: Viewpoint, window: Window) -> Page[DueLine]:
    """The same as a list, the nearest day first."""
    asked = _joined(select(CampaignTask, Campaign.name, CampaignPlan), view)
    rows = session.execute(in_window(asked, window, CampaignTask.due_on, CampaignTask.id)).all()
    page = page_of(rows, window, lambda row: (row[0].due_on.toordinal(), row[0].id))
    return Page(tuple(_due(*row, view) for row in page.items), page.after, page.before)


def _joined(asked: Select[*Ts], view: Viewpoint) -> Select[*Ts]:
    own = select(CampaignTask.id).where(
        text(IS_REMINDED), CampaignTask.department_code == view.actor.department
    )
    return (
        asked.join(Campaign, Campaign.id == CampaignTask.campaign_id)
        .join(CampaignPlan, CampaignPlan.id == Campaign.plan_id)
        .where(
            CampaignTask.id.in_(own),
            CampaignPlan.state == PlanState.CURRENT,
            in_scope(view.actor),
        )
    )


def _due(task: CampaignTask, campaign: str, plan: CampaignPlan, view: Viewpoint) -> DueLine:
    return DueLine(
        id=task.id,
        plan_id=plan.id,
        year=plan.year,
        region=plan.region,
        campaign=campaign,
        text=task.text,
        due_on=task.due_on,
        days_left=days_left(view.today, task.due_on, task.department_code),
        overdue=task.due_on < view.today,
    )
