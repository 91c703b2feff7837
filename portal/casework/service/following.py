"""What is done on a leading report is done for the reports merged into it, for each by itself.

Each of their reporters reads it under their own code, in their own language, with a result of
their own; nothing of what one of them wrote is passed on. Where many follow, a task does it.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, select

from portal.accounts.queries import find_actor
from portal.audit.trail import advance, record
from portal.casework.models import FollowAct, said_context
from portal.casework.rules import told
from portal.casework.service.ending import ByRule, close_at_reception, decline, send_back
from portal.casework.service.in_hand import finish, touch, write, write_result
from portal.casework.service.leaving import let_go
from portal.casework.states import FollowActKind
from portal.infra.database import db
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.clocks import (
    extend,
    happened,
    meet,
    pause,
    refresh_due,
    resume,
    rule_of,
    running,
    stop_waiting,
)
from portal.intake.models import MessageKind, Report
from portal.intake.rules import local_date
from portal.intake.states import OPEN_STATES, ReportAction, ReportState
from portal.jurisdiction.place import ClockEvent, Stage, Suspension
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.triage.leads import reopen_leads
from portal.triage.relations import leave, list_following

S, A, F = ReportState, ReportAction, FollowActKind
Said = Mapping[str, str]

# So many are told while the officer waits; more are a task, so many in one transaction.
AT_ONCE: Final = 50
TOGETHER: Final = 20

# How each state comes to an answer; a report keeps its own state until there is one.
_TO_ANSWER: Final[Mapping[ReportState, tuple[ReportAction, ...]]] = {
    S.ROUTED: (A.ACCEPT, A.VERIFY, A.ANSWER),
    S.ACCEPTED: (A.VERIFY, A.ANSWER),
    S.VERIFIED: (A.ANSWER,),
    S.CONTESTED: (A.VERIFY, A.ANSWER),
}
# What other acts than those on the way to an answer are for.
_WANTED: Final[Mapping[FollowActKind, Collection[ReportState]]] = {
    F.CLOSE: {S.ANSWERED},
    F.DECLINE: OPEN_STATES,
    F.RETURN: OPEN_STATES,
    F.CLOSE_UNROUTED: OPEN_STATES,
}
# What an answer is the end of.
_BEFORE_ANSWER: Final = (
    Stage.ACCEPT,
    Stage.VERIFY,
    Stage.FEEDBACK,
    Stage.RESULT,
    Stage.CONTEST,
)


# --- What the desk does on the leading report -----------------------------------------------------


def accepted(uow: UnitOfWork, leading: Report) -> None:
    """The matter was taken on: so it was for each."""
    _for_each(uow, leading, F.ACCEPT)


def asked(uow: UnitOfWork, leading: Report, question: str) -> None:
    """Put the question, in the officer's words and no others, to each reporter."""
    _for_each(uow, leading, F.ASK, question=question)


def stood_still(uow: UnitOfWork, leading: Report, cause: Suspension, words: str) -> None:
    """Let the clocks of each stand still that may for this, and tell its reporter why."""
    _for_each(uow, leading, F.STAND_STILL, cause=cause.value, words=words)


def ran_on(uow: UnitOfWork, leading: Report) -> None:
    """Let the clocks of each run on: nothing is waited for any more."""
    _for_each(uow, leading, F.RUN_ON)


def extended(uow: UnitOfWork, leading: Report, stage: Stage, days: int, reason: str) -> None:
    """Give each more time as far as its own rule allows, and tell its reporter why."""
    _for_each(uow, leading, F.EXTEND, stage=stage.value, days=str(days), reason=reason)


def verified(uow: UnitOfWork, leading: Report) -> None:
    """The matter was looked into; the time to tell each reporter begins."""
    _for_each(uow, leading, F.VERIFY)


def answered(uow: UnitOfWork, leading: Report, text: str) -> None:
    """Give each reporter a result of their own; who has one already contested nothing.

    They are told nothing then: what one reporter contested is for nobody else to know of.
    """
    _for_each(uow, leading, F.ANSWER, text=text)


def closed(uow: UnitOfWork, leading: Report, outcome: str) -> None:
    """Close each that was answered with the same outcome."""
    _for_each(uow, leading, F.CLOSE, outcome=outcome)


def declined(uow: UnitOfWork, leading: Report, reason: str, text: str) -> None:
    """Decline each that may be; what cannot end so goes its own way, so that nobody loses it."""
    _for_each(uow, leading, F.DECLINE, reason=reason, text=text)


def sent_back(uow: UnitOfWork, leading: Report, reason: str) -> None:
    """Send each back to reception that may be; one that has a result already stays."""
    _for_each(uow, leading, F.RETURN, reason=reason)


def closed_unrouted(
    uow: UnitOfWork, leading: Report, reason: str, text: str, rule: ByRule | None
) -> None:
    """Close each at reception that may be; what cannot end so goes its own way."""
    by = {"rule": rule.filter_id.hex, "rule_name": rule.name} if rule else {}
    _for_each(uow, leading, F.CLOSE_UNROUTED, reason=reason, text=text, **by)


# --- At once, or as a task ------------------------------------------------------------------------


def _for_each(uow: UnitOfWork, leading: Report, act: FollowActKind, **said: str) -> None:
    """Do it for those that follow; where they are many, or earlier acts still wait, by a task."""
    uow.session.flush()
    followers = select(func.count()).where(Report.merged_into == leading.id).scalar_subquery()
    waits = exists().where(FollowAct.leading_id == leading.id, FollowAct.ended_at.is_(None))
    count, waiting = uow.session.execute(select(followers, waits)).one()
    if count > AT_ONCE or (count and waiting):
        _leave_to_a_task(uow, leading, act, said, count)
        return
    for one in list_following(uow, leading) if count else ():
        _do(uow, one, leading, act, said)


def _leave_to_a_task(
    uow: UnitOfWork, leading: Report, act: FollowActKind, said: Said, total: int
) -> None:
    made = FollowAct(
        leading_id=leading.id,
        act=act,
        said=b"",
        asked_by=uow.actor.id,
        asked_at=uow.now,
        total=total,
    )
    made.said = reports.key_of(leading).encrypt_json(dict(said), said_context(made.id))
    uow.session.add(made)
    uow.task(TaskKind.TELL_FOLLOWERS, made.id)
    record(uow, "report.tell-followers", "report", leading.id, act=act, total=total)


def tell_followers(act_id: UUID, *, actor: Actor) -> None:
    """Do for each that follows what was done on its leading report, some in each transaction.

    Acts are done in the order in which they were ordered, as whoever ordered them; once that
    account is closed, as the system: reporters are told in any case. Safe to run twice: how far
    it has come is written down together with what was done.
    """
    made = db.session.get_one(FollowAct, act_id, populate_existing=True)
    waiting = db.session.execute(
        select(FollowAct.id, FollowAct.asked_by)
        .where(
            FollowAct.leading_id == made.leading_id,
            FollowAct.ended_at.is_(None),
            FollowAct.asked_at <= made.asked_at,
        )
        .order_by(FollowAct.asked_at, FollowAct.id)
    ).all()
    for one_id, asked_by in waiting:
        person = find_actor(db.session(), asked_by) if asked_by else None
        while _do_some(one_id, person or actor):
            pass
    with unit_of_work(actor):
        pass  # nothing is left: the task is done


def _do_some(act_id: UUID, actor: Actor) -> bool:
    """Do the next of an act; whether there may be more. The leading report is locked first."""
    with unit_of_work(actor, more_to_come=True) as uow:
        about = select(FollowAct.leading_id).where(FollowAct.id == act_id).scalar_subquery()
        locked = select(Report).where(Report.id == about).with_for_update()
        leading = uow.session.scalars(locked).one()
        made = uow.session.get_one(FollowAct, act_id, with_for_update=True, populate_existing=True)
        if made.ended_at is not None:
            return False
        followers = select(Report).where(Report.merged_into == leading.id)
        if made.upto_id is not None:
            followers = followers.where(Report.id > made.upto_id)
        some = uow.session.scalars(
            followers.order_by(Report.id).limit(TOGETHER).with_for_update()
        ).all()
        key = reports.key_of(leading)
        said = key.decrypt_json(made.said, said_context(made.id)) if some else {}
        for one in some:
            made.done += _do(uow, one, leading, made.act, said)
        _keep_place(uow, made, leading, some[-1].id if some else None)
        return bool(some)


def _keep_place(uow: UnitOfWork, made: FollowAct, leading: Report, upto: UUID | None) -> None:
    """Write down how far an act has come; where nobody is left it is over, and its words go."""
    made.upto_id = upto or made.upto_id
    if upto is None:
        made.ended_at, made.said = uow.now, b""
        record(uow, "report.followers-told", "report", leading.id, act=made.act, done=made.done)
    refresh_due(uow, leading)


# --- For one that follows -------------------------------------------------------------------------


def _do(uow: UnitOfWork, one: Report, leading: Report, act: FollowActKind, said: Said) -> bool:
    """Do an act for one that follows, if it concerns it; whether it did."""
    if one.state not in _WANTED.get(act, _TO_ANSWER):
        return False
    _EACH[act](uow, one, leading, said)
    return True


def _accept(uow: UnitOfWork, one: Report, leading: Report, _said: Said) -> None:
    meet(uow, one.id, Stage.ACCEPT)
    happened(uow, one, ClockEvent.ACCEPTED, one.result_number + 1)
    _note(uow, one, leading, A.ACCEPT)


def _ask(uow: UnitOfWork, one: Report, leading: Report, said: Said) -> None:
    write(uow, one, MessageKind.QUESTION, said["question"])
    if one.waiting_since is None:
        one.waiting_since = uow.now
        pause(uow, one, Suspension.REPORTER)
    record(uow, "report.ask", "report", one.id, follows=leading.id.hex)
    touch(uow, one)


def _stand_still(uow: UnitOfWork, one: Report, leading: Report, said: Said) -> None:
    cause = Suspension(said["cause"])
    if pause(uow, one, cause):
        to_reporter = current_place().reasons[cause.reason].to_reporter.in_(one.language)
        write(uow, one, MessageKind.NOTICE, told(to_reporter, said["words"]))
        record(uow, "report.stand-still", "report", one.id, follows=leading.id.hex)
        touch(uow, one)


def _run_on(uow: UnitOfWork, one: Report, leading: Report, _said: Said) -> None:
    one.waiting_since = None
    if resume(uow, one, *Suspension):
        record(uow, "report.run-on", "report", one.id, follows=leading.id.hex)
        touch(uow, one)


def _extend(uow: UnitOfWork, one: Report, leading: Report, said: Said) -> None:
    today = local_date(current_place(), uow.now)
    clocks = [clock for clock in running(uow, one.id) if clock.stage == said["stage"]]
    for clock in clocks:
        before, allowed = clock.due_on, rule_of(clock).extension
        if allowed is None or clock.extensions >= allowed.times or before < today:
            continue
        extend(uow, clock, min(int(said["days"]), allowed.n))
        write(uow, one, MessageKind.NOTICE, said["reason"])
        _record_more_time(uow, one, leading, before, clock.due_on)
        touch(uow, one)


def _record_more_time(
    uow: UnitOfWork, one: Report, leading: Report, before: date, due: date
) -> None:
    dates = {"due_before": before.isoformat(), "due": due.isoformat()}
    record(uow, "report.extend", "report", one.id, follows=leading.id.hex, **dates)


def _verify(uow: UnitOfWork, one: Report, leading: Report, _said: Said) -> None:
    stop_waiting(uow, one)
    meet(uow, one.id, Stage.ACCEPT, Stage.VERIFY)
    happened(uow, one, ClockEvent.VERIFIED, one.result_number + 1)
    _note(uow, one, leading, A.VERIFY)


def _answer(uow: UnitOfWork, one: Report, leading: Report, said: Said) -> None:
    for action in _TO_ANSWER[one.state]:
        advance(uow, one, action, follows=leading.id.hex)
    write_result(uow, one, said["text"])
    stop_waiting(uow, one)
    meet(uow, one.id, *_BEFORE_ANSWER)
    happened(uow, one, ClockEvent.ANSWERED, one.result_number)
    touch(uow, one)


def _close(uow: UnitOfWork, one: Report, leading: Report, said: Said) -> None:
    one.close_reason = said["outcome"]
    advance(uow, one, A.CLOSE, outcome=said["outcome"], follows=leading.id.hex)
    finish(uow, one)
    touch(uow, one)


def _decline(uow: UnitOfWork, one: Report, _leading: Report, said: Said) -> None:
    if A.DECLINE in one.open_actions:
        decline(uow, one, current_place().reasons[said["reason"]], said["text"])
    else:
        _part(uow, one)


def _return(uow: UnitOfWork, one: Report, leading: Report, said: Said) -> None:
    """Routed again meanwhile, the leading one has taken along what follows it."""
    if A.RETURN in one.open_actions and leading.state is S.RECEIVED:
        send_back(uow, one, said["reason"])


def _close_unrouted(uow: UnitOfWork, one: Report, _leading: Report, said: Said) -> None:
    if A.CLOSE_UNROUTED not in one.open_actions:
        _part(uow, one)
        return
    rule = ByRule(UUID(said["rule"]), said["rule_name"]) if "rule" in said else None
    close_at_reception(uow, one, current_place().reasons[said["reason"]], said["text"], rule)


def _part(uow: UnitOfWork, one: Report) -> None:
    """Let what cannot end with the leading one go its own way."""
    leave(uow, one)
    reopen_leads(uow, one)
    let_go(uow, one)
    touch(uow, one)


def _note(uow: UnitOfWork, one: Report, leading: Report, action: ReportAction) -> None:
    record(uow, "report.follow", "report", one.id, act=action, follows=leading.id.hex)
    touch(uow, one)


_EACH: Final[Mapping[FollowActKind, Callable[[UnitOfWork, Report, Report, Said], None]]] = {
    F.ACCEPT: _accept,
    F.ASK: _ask,
    F.STAND_STILL: _stand_still,
    F.RUN_ON: _run_on,
    F.EXTEND: _extend,
    F.VERIFY: _verify,
    F.ANSWER: _answer,
    F.CLOSE: _close,
    F.DECLINE: _decline,
    F.RETURN: _return,
    F.CLOSE_UNROUTED: _close_unrouted,
}
