"""What the head finds about a report where a reward is asked for, each with its reason."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from portal.access.permissions import Permission, demand
from portal.audit.trail import record
from portal.cases.models import Case
from portal.cases.queries.access import context_of, key_of
from portal.cases.rules import demand_head
from portal.cases.service.in_hand import take
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.reward_tables import ExclusionGround
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken
from portal.rewards.models import Award, RewardFinding
from portal.rewards.queries.access import schemes_for
from portal.rewards.queries.standing import list_candidates
from portal.rewards.service.telling import look_again
from portal.rewards.states import COMPUTED, RewardFindingKind


@dataclass(frozen=True, slots=True)
class StateFinding:
    """That a report has new facts, was sent jointly with the first, or is excluded, and why."""

    number: str
    reference: str
    kind: RewardFindingKind
    reason: str = field(repr=False)
    ground: ExclusionGround | None = None
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class UndoFinding:
    """Taking a finding back."""

    number: str
    finding_id: UUID
    seen_version: int | None = None


def state_finding(command: StateFinding, *, actor: Actor) -> None:
    """State something about a report of a case; its reporters are told where they stand then.

    Raises NotPermitted for whoever does not head the unit, and RuleBroken for a report of another
    case, a second finding, a ground that no scheme of the case knows, and for a report whose award
    was computed.
    """
    if not command.reason.strip():
        raise RuleBroken("finding-without-reason")
    with unit_of_work(actor) as uow:
        case = _take(uow, command.number, command.seen_version)
        own = list_candidates(uow.session, case)
        report = next((one for one in own if one.reference == command.reference), None)
        if report is None:
            raise RuleBroken("report-not-in-case")
        if report.finding is not None:
            raise RuleBroken("finding-is-there")
        _demand_ground(case, command)
        _demand_not_computed(uow, case, report.report_id)
        _keep(uow, case, report.report_id, command)
        look_again(uow, case.id)


def undo_finding(command: UndoFinding, *, actor: Actor) -> None:
    """Take a finding back; NotFound for one of another case, or that was taken back."""
    with unit_of_work(actor) as uow:
        case = _take(uow, command.number, command.seen_version)
        found = uow.session.get(RewardFinding, command.finding_id, with_for_update=True)
        if found is None or found.case_id != case.id or found.undone_at is not None:
            raise NotFound("finding")
        _demand_not_computed(uow, case, found.report_id)
        found.undone_at, found.undone_by = uow.now, actor.id
        record(uow, "report.undo-reward-finding", "report", found.report_id, kind=found.kind)
        look_again(uow, case.id)


def _keep(uow: UnitOfWork, case: Case, report_id: UUID, command: StateFinding) -> None:
    if uow.actor.id is None:
        raise NotPermitted("head-only")
    made = RewardFinding(
        case_id=case.id,
        report_id=report_id,
        kind=command.kind,
        ground=command.ground,
        reason=b"",
        at=uow.now,
        by=uow.actor.id,
    )
    place = context_of("reward_finding.reason", made.id)
    made.reason = key_of(case).encrypt_text(command.reason, place)
    uow.session.add(made)
    record(uow, "report.reward-finding", "report", report_id, kind=command.kind)


def _take(uow: UnitOfWork, number: str, seen: int | None) -> Case:
    demand(uow.actor, Permission.CONFIRM_AWARDS)
    case = take(uow, number, seen)
    demand_head(uow.actor, case.department_code)
    return case


def _demand_ground(case: Case, command: StateFinding) -> None:
    if (command.kind is RewardFindingKind.EXCLUDED) != (command.ground is not None):
        raise RuleBroken("ground-does-not-fit")
    known = {
        one for scheme in schemes_for(current_place(), case.category) for one in scheme.excluded
    }
    if command.ground is not None and command.ground not in known:
        raise RuleBroken("ground-does-not-fit")


def _demand_not_computed(uow: UnitOfWork, case: Case, report_id: UUID) -> None:
    wanted = select(Award.id).where(
        Award.case_id == case.id, Award.report_id == report_id, Award.state.in_(COMPUTED)
    )
    if uow.session.scalar(wanted.limit(1)) is not None:
        raise RuleBroken("award-is-computed")
