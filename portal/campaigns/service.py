"""Plans of a year: the paper that was adopted, its campaigns, what is to be done, and the end."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from portal.access.permissions import Permission, demand
from portal.accounts.absences import get_member
from portal.audit.trail import advance, record
from portal.campaigns.models import Campaign, CampaignPlan, CampaignTask
from portal.campaigns.queries import find_unit, get_campaign, get_plan, get_task
from portal.campaigns.rules import (
    MOST_CAMPAIGNS,
    MOST_TASKS,
    demand_in_year,
    demand_keeper,
    demand_task_day,
    may_end,
    may_settle,
)
from portal.campaigns.states import PlanAction, PlanState, PlanTaskAction, PlanTaskState
from portal.evidence import service as evidence
from portal.evidence.holding import hold_file
from portal.evidence.queries import OpenedFile
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken


@dataclass(frozen=True, slots=True)
class MakePlan:
    """The plan of the actor's territory for a year: its paper, and who answers for it."""

    year: int
    evidence_id: UUID
    accountable: UUID


@dataclass(frozen=True, slots=True)
class AddCampaign:
    """A campaign of a plan."""

    plan_id: UUID
    name: str
    starts_on: date
    ends_on: date
    accountable: UUID


@dataclass(frozen=True, slots=True)
class GivePlanTask:
    """What a unit inside the territory has to do for a campaign by a day."""

    campaign_id: UUID
    unit: str
    due_on: date
    text: str


@dataclass(frozen=True, slots=True)
class SettlePlanTask:
    """What came of a task: it is done, or it is dropped, and why."""

    task_id: UUID
    action: PlanTaskAction
    outcome: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NameAccountable:
    """Who answers for a plan, or for one of its campaigns, from now on."""

    plan_id: UUID
    accountable: UUID
    campaign_id: UUID | None = None


def make_plan(command: MakePlan, *, actor: Actor) -> UUID:
    """Put the plan of one's own territory on the desk; return its id.

    Raises RuleBroken for a year that has one, and for whoever belongs to no unit.
    """
    demand(actor, Permission.KEEP_PLANS)
    unit = current_place().departments.get(actor.department or "")
    if unit is None:
        raise RuleBroken("department-unknown")
    try:
        with unit_of_work(actor) as uow:
            made = CampaignPlan(
                year=command.year,
                region=unit.region,
                department_code=unit.code,
                evidence_id=command.evidence_id,
                accountable_id=get_member(uow.session, command.accountable, actor).id,
                made_at=uow.now,
                made_by=actor.id,
            )
            hold_file(uow, command.evidence_id)
            uow.session.add(made)
            uow.session.flush()
            record(uow, "plan.make", "plan", made.id, year=command.year, region=unit.region)
            return made.id
    except IntegrityError as twice:
        raise RuleBroken("plan-is-there", year=command.year) from twice


def add_campaign(command: AddCampaign, *, actor: Actor) -> UUID:
    """Add a campaign to a plan that is current; return its id.

    Raises RuleBroken for days that are not in the year, and for more than anybody reads.
    """
    with unit_of_work(actor) as uow:
        plan = _take(uow, command.plan_id)
        demand_in_year(command.starts_on, command.ends_on, plan.year)
        campaigns = select(func.count()).where(Campaign.plan_id == plan.id)
        if (uow.session.scalar(campaigns) or 0) >= MOST_CAMPAIGNS:
            raise RuleBroken("too-many-campaigns", most=MOST_CAMPAIGNS)
        made = Campaign(
            plan_id=plan.id,
            name=command.name,
            starts_on=command.starts_on,
            ends_on=command.ends_on,
            accountable_id=get_member(uow.session, command.accountable, actor).id,
            made_at=uow.now,
            made_by=actor.id,
        )
        uow.session.add(made)
        record(uow, "plan.add-campaign", "plan", plan.id, campaign=made.id.hex)
        return made.id


def give_plan_task(command: GivePlanTask, *, actor: Actor) -> UUID:
    """Give a unit of the territory something to do for a campaign; return the id of the task.

    Raises RuleBroken for a unit that is none there, a day that is over or after the year of the
    plan, and one too many.
    """
    with unit_of_work(actor) as uow:
        campaign = get_campaign(uow.session, command.campaign_id, actor)
        plan = _take(uow, campaign.plan_id)
        unit = find_unit(plan, command.unit)
        if unit is None:
            raise RuleBroken("department-unknown")
        demand_task_day(command.due_on, _today(uow), plan.year)
        tasks = select(func.count()).where(CampaignTask.campaign_id == campaign.id)
        if (uow.session.scalar(tasks) or 0) >= MOST_TASKS:
            raise RuleBroken("too-many-plan-tasks", most=MOST_TASKS)
        made = CampaignTask(
            campaign_id=campaign.id,
            text=command.text,
            department_code=unit.code,
            due_on=command.due_on,
            made_at=uow.now,
            made_by=actor.id,
        )
        uow.session.add(made)
        record(uow, "plan.give-task", "plan", plan.id, task=made.id.hex, department=unit.code)
        return made.id


def settle_plan_task(command: SettlePlanTask, *, actor: Actor) -> UUID:
    """Write down what came of a task; return the id of its plan.

    Its own unit may say that it is done; only whoever keeps the plan drops one. Raises
    MoveRefused when somebody was quicker.
    """
    demand(actor, Permission.READ_PLANS)
    with unit_of_work(actor) as uow:
        task = get_task(uow.session, command.task_id, actor)
        campaign = get_campaign(uow.session, task.campaign_id, actor)
        plan = _current(get_plan(uow.session, campaign.plan_id, actor, for_update=True))
        uow.session.refresh(task, with_for_update=True)
        if not may_settle(actor, task.department_code, plan.department_code):
            raise NotPermitted("task-not-yours")
        if command.action is PlanTaskAction.DROP:
            demand_keeper(actor, plan.department_code)
        task.settled_at, task.settled_by = uow.now, actor.id
        task.outcome = command.outcome
        advance(uow, task, command.action, plan=plan.id.hex)
        return plan.id


def name_accountable(command: NameAccountable, *, actor: Actor) -> None:
    """Say who of the own unit answers for a plan or for a campaign of it; NotFound for others."""
    with unit_of_work(actor) as uow:
        plan = _take(uow, command.plan_id)
        named = get_member(uow.session, command.accountable, actor)
        target: CampaignPlan | Campaign = plan
        if command.campaign_id is not None:
            target = get_campaign(uow.session, command.campaign_id, actor)
            if target.plan_id != plan.id:
                raise NotFound("campaign")
        if named.disabled_at is not None:
            raise RuleBroken("officer-not-available")
        target.accountable_id = named.id
        which = command.campaign_id.hex if command.campaign_id else None
        record(uow, "plan.name", "plan", plan.id, accountable=named.id.hex, campaign=which)


def end_plan(plan_id: UUID, *, actor: Actor) -> None:
    """End the year of a plan: what is done and what is open stays as it is now.

    Raises RuleBroken before the last day of the year.
    """
    with unit_of_work(actor) as uow:
        plan = _take(uow, plan_id)
        still_open = uow.session.scalar(
            select(func.count())
            .select_from(CampaignTask)
            .join(Campaign, Campaign.id == CampaignTask.campaign_id)
            .where(Campaign.plan_id == plan.id, CampaignTask.state == PlanTaskState.OPEN)
        )
        if not may_end(_today(uow), plan.year):
            raise RuleBroken("year-not-over")
        plan.ended_at = uow.now
        advance(uow, plan, PlanAction.END, still_open=still_open or 0)


def open_document(plan_id: UUID, *, actor: Actor) -> tuple[OpenedFile, UUID]:
    """Open the paper of a plan; that somebody did is noted."""
    demand(actor, Permission.READ_PLANS)
    with unit_of_work(actor) as uow:
        plan = get_plan(uow.session, plan_id, actor)
        record(uow, "plan.open-paper", "plan", plan.id)
        reason = f"{plan.year} {plan.region}"
        return evidence.open_original(uow, plan.evidence_id, reason), plan.evidence_id


def _take(uow: UnitOfWork, plan_id: UUID) -> CampaignPlan:
    """A plan that is current, for whoever keeps it."""
    plan = get_plan(uow.session, plan_id, uow.actor, for_update=True)
    demand_keeper(uow.actor, plan.department_code)
    return _current(plan)


def _current(plan: CampaignPlan) -> CampaignPlan:
    if plan.state is not PlanState.CURRENT:
        raise MoveRefused("plan-has-ended", subject="plan", state=plan.state)
    return plan


def _today(uow: UnitOfWork) -> date:
    return local_date(current_place(), uow.now)
