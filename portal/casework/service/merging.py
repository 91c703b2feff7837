"""Deciding what two reports are to each other, and undoing it (U34).

A merge keeps both reports with their receipts and dates. What the desk does on the leading one
reaches the reporter of each under their own code; nothing one of them said reaches another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select

from portal.access.permissions import Permission, demand
from portal.audit.trail import advance, record
from portal.casework.models import FollowAct
from portal.casework.service.erasure import keep_contested
from portal.casework.service.in_hand import touch, write
from portal.casework.service.leaving import let_go
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.clocks import happened, meet
from portal.intake.clocks_again import run_again
from portal.intake.models import MessageKind, Report
from portal.intake.states import LeadEnding, ReportAction, ReportState
from portal.jurisdiction.place import ClockEvent, Stage, Text
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.triage import relations
from portal.triage.leads import end_leads, reopen_leads
from portal.triage.models import ReportRelation
from portal.triage.rules.relations import demand_mergeable
from portal.triage.states import RelationKind
from portal.triage.wall import may_have_it, part_exclusions, share_exclusions, share_with

S = ReportState
Reasons = Sequence[str]

# What is still to be done in each state that a report can have stood in when it was merged.
_LEFT: Final = {
    S.RECEIVED: {Stage.TRIAGE, Stage.ACCEPT},
    S.ROUTED: {Stage.ACCEPT},
    S.ACCEPTED: {Stage.VERIFY},
    S.VERIFIED: {Stage.FEEDBACK},
}
# What the reporter reads when a result was given together with a report it had nothing to do with.
_ANEW: Final = Text(
    "我们核对后发现，此前给您的答复不能作为您这件来件的结果。来件已退回办理单位另行核查，核查后再答复您。",
    "We found that the result you were given cannot stand for your report. It is back with the "
    "desk, is looked into anew, and you will be answered again.",
)


@dataclass(frozen=True, slots=True)
class MergeReports:
    """Working on two reports as one; `leading` is given where it is not the one that came first."""

    reference: str
    other: str
    leading: str | None = None
    note: str = field(default="", repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class RelateReports:
    """What two reports are to each other short of a merge, and why."""

    reference: str
    other: str
    note: str = field(default="", repr=False)
    seen_version: int | None = None


@dataclass(frozen=True, slots=True)
class UndoRelation:
    """Taking back what was decided about this report and another."""

    reference: str
    relation_id: UUID


def merge_reports(command: MergeReports, *, actor: Actor) -> str:
    """Have one report lead the other; return the reference of the one that leads.

    The later one follows the earlier unless the command says otherwise, with a reason. What is
    merged already is reached through its pointer: the one it follows leads. Raises NotFound
    outside the actor's scope, RuleBroken where `demand_mergeable` refuses.
    """
    demand(actor, Permission.RELATE_REPORTS)
    with unit_of_work(actor) as uow:
        one, other = _both(uow, command)
        leading, following = _ordered(uow, one, other, command)
        if following.merged_into is None and leading.merged_into is not None:
            top = relations.find_leading(uow.session, leading)
            leading = _get(uow, top.reference) if top else leading
        join(uow, leading, following, command.note)
        touch(uow, leading)
        return leading.reference


def join(
    uow: UnitOfWork, leading: Report, following: Report, note: str = "", reasons: Reasons = ()
) -> None:
    """Merge a report, and all that follow it, into another one: nobody is asked any more.

    Raises RuleBroken where `demand_mergeable` refuses, before anything was changed. The caller
    touches the leading one, once for all that join it.
    """
    demand_mergeable(relations.standing(leading), relations.standing(following))
    desk = leading.department_code
    if desk is not None and not may_have_it(uow.session, leading, desk, (following,)):
        raise RuleBroken("nobody-there-may-have-it")
    _demand_all_told(uow, following)
    _replace(uow, leading, following)
    found = reasons or relations.reasons_between(uow.session, leading.id, following.id)
    made = relations.relate(uow, RelationKind.MERGED, leading, following, reasons=found, note=note)
    made.handler_before = following.handler_id
    joined = relations.follow(uow, leading, following)
    for one in joined:
        end_leads(uow, one, LeadEnding.MERGED)
        _catch_up(uow, leading, one)
    if not share_with(uow, leading, joined):
        share_exclusions(uow, (leading, *relations.list_following(uow, leading)))


def _demand_all_told(uow: UnitOfWork, report: Report) -> None:
    """Refuse to lead away those that follow while a task still tells them what was done."""
    waits = exists().where(FollowAct.leading_id == report.id, FollowAct.ended_at.is_(None))
    if uow.session.scalar(select(waits)):
        raise RuleBroken("followers-being-told")


def link_reports(command: RelateReports, *, actor: Actor) -> None:
    """Note that two reports have to do with each other; each stays on its own way."""
    _decide(RelationKind.LINKED, command, actor)


def keep_apart(command: RelateReports, *, actor: Actor) -> None:
    """Note that two reports that look alike are two matters; they are offered no more."""
    _decide(RelationKind.APART, command, actor)


def undo_relation(command: UndoRelation, *, actor: Actor) -> None:
    """Take a relation back; of a merge, each report is again where it was, with time to act.

    Raises NotFound unless the actor may see both reports, or when it was undone already. A
    result given to the wrong reporter meanwhile goes back to the desk, and the reporter is told.
    """
    demand(actor, Permission.RELATE_REPORTS)
    with unit_of_work(actor) as uow:
        relation = uow.session.get(ReportRelation, command.relation_id)
        if relation is None:
            raise NotFound("relation")
        ids = (relation.leading_id, relation.following_id)
        together = relations.lock_together(uow, *ids)
        found = _in_scope(uow, *ids)
        if command.reference not in {one.reference for one in found}:
            raise NotFound("relation")
        uow.session.refresh(relation, with_for_update=True)
        if relation.undone_at is not None:
            raise NotFound("relation")
        if relation.by_itself:
            raise RuleBroken("say-why-apart")
        relations.undo(uow, relation)
        if relation.kind is RelationKind.MERGED:
            _separate(uow, relation, found[1])
        for one in together.values():
            touch(uow, one)


# --- The two reports ----------------------------------------------------------------------------


def _get(uow: UnitOfWork, reference: str) -> Report:
    return reports.get_report(uow.session, reference, uow.actor, for_update=True)


def _both(uow: UnitOfWork, command: MergeReports | RelateReports) -> tuple[Report, Report]:
    """Both reports, locked in the one order, so that two people at the same pair queue up."""
    names = command.reference, command.other
    if command.reference == command.other:
        raise RuleBroken("merge-is-a-circle")
    ids = [reports.get_report(uow.session, name, uow.actor).id for name in names]
    relations.lock_together(uow, *ids)
    found = {name: _get(uow, name) for name in names}
    reports.demand_version(found[command.reference], command.seen_version)
    return found[command.reference], found[command.other]


def _in_scope(uow: UnitOfWork, *ids: UUID) -> list[Report]:
    """The reports with these ids, in this order; NotFound if the actor may not see one."""
    wanted = select(Report).where(Report.id.in_(ids), reports.in_scope(uow.actor))
    found = {one.id: one for one in uow.session.scalars(wanted)}
    if len(found) != len(ids):
        raise NotFound("report")
    return [found[one] for one in ids]


def _ordered(
    uow: UnitOfWork, one: Report, other: Report, command: MergeReports
) -> tuple[Report, Report]:
    """Which leads and which follows: by arrival, or the other way round for a reason."""
    first = relations.first_come(uow.session, one, other)
    later = other if first is one else one
    if command.leading in (None, first.reference):
        return first, later
    if command.leading != later.reference:
        raise NotFound("report")
    if not command.note:
        raise RuleBroken("say-why-the-later-leads")
    return later, first


def _replace(uow: UnitOfWork, one: Report, other: Report) -> None:
    """End what was decided about the two before; what was kept apart is not merged unseen."""
    live = relations.find_live(uow.session, one.id, other.id)
    if live is None:
        return
    if live.kind is RelationKind.MERGED:
        raise RuleBroken("merged-already")
    if live.kind is RelationKind.APART:
        raise RuleBroken("kept-apart")
    relations.undo(uow, live)


def _decide(kind: RelationKind, command: RelateReports, actor: Actor) -> None:
    demand(actor, Permission.RELATE_REPORTS)
    with unit_of_work(actor) as uow:
        one, other = _both(uow, command)
        first = relations.first_come(uow.session, one, other)
        live = relations.find_live(uow.session, one.id, other.id)
        if live is not None:
            if live.kind in (kind, RelationKind.MERGED):
                raise RuleBroken("related-already")
            if live.by_itself and not command.note:
                raise RuleBroken("say-why-apart")
            relations.undo(uow, live)
        found = relations.reasons_between(uow.session, one.id, other.id)
        reasons = found or (live.reasons if live is not None else ())
        later = other if first is one else one
        relations.relate(uow, kind, first, later, reasons=reasons, note=command.note)
        for report in (one, other):
            touch(uow, report)


# --- Clocks and results -------------------------------------------------------------------------


def _catch_up(uow: UnitOfWork, leading: Report, one: Report) -> None:
    """What has been done on the leading report counts for the one that joins it."""
    if leading.state in (S.ACCEPTED, S.VERIFIED):
        meet(uow, one.id, Stage.ACCEPT)
        happened(uow, one, ClockEvent.ACCEPTED, one.result_number + 1)
    if leading.state is S.VERIFIED:
        meet(uow, one.id, Stage.VERIFY)
        happened(uow, one, ClockEvent.VERIFIED, one.result_number + 1)
    touch(uow, one)


def _separate(uow: UnitOfWork, merge: ReportRelation, following: Report) -> None:
    """Let the following report, and those that came with it, go their own way again."""
    leading = relations.find_leading(uow.session, following)
    group = (following, *relations.stand_alone(uow, following))
    if leading is not None and part_exclusions(uow, group):
        share_exclusions(uow, (leading, *relations.list_following(uow, leading)))
    for one in group:
        if one.state in _LEFT:
            run_again(uow, one, _LEFT[one.state], merge.decided_at)
        elif one.state is not S.CONTESTED:
            _look_again(uow, one)
    if following.state in _LEFT:
        _give_back(uow, merge, following)
        reopen_leads(uow, following)
    for one in group:
        let_go(uow, one)  # nobody looked after it meanwhile: whoever had it may be gone
        touch(uow, one)


def _give_back(uow: UnitOfWork, merge: ReportRelation, report: Report) -> None:
    """Whoever had the report before has it again, unless they must not know of it themselves."""
    before = merge.handler_before
    if before is None or report.handler_id is not None:
        return
    if not reports.is_excluded(uow.session, report, before):
        report.handler_id = before


def _look_again(uow: UnitOfWork, report: Report) -> None:
    """Take back a result that was another report's, with a clock of its own, and say so."""
    advance(uow, report, ReportAction.CONTEST, undone="yes")
    report.contested_result = report.result_number
    report.handler_id = None  # whoever gave the result is not the one who looks again
    write(uow, report, MessageKind.NOTICE, _ANEW.in_(report.language))
    keep_contested(uow, report)
    meet(uow, report.id, Stage.CLOSE)
    happened(uow, report, ClockEvent.CONTESTED, report.result_number)
    record(uow, "report.take-back-result", "report", report.id, result=report.result_number)
