"""What is done on a leading report is done for the reports merged into it, for each by itself.

Each of their reporters reads it under their own code, in their own language, with a result of
their own; nothing of what one of them wrote is passed on. Where many follow, a task does it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import exists, func, select

from portal.accounts.queries import find_actor
from portal.audit.trail import record
from portal.casework.models import FollowAct, said_context
from portal.casework.service.each_follower import do_for
from portal.casework.service.ending import ByRule
from portal.casework.states import FollowActKind
from portal.infra.database import db
from portal.infra.tasks import TaskKind
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake import queries as reports
from portal.intake.clocks import (
    refresh_due,
)
from portal.intake.models import Report
from portal.jurisdiction.place import Stage, Suspension
from portal.kernel.actor import Actor
from portal.triage.relations import list_following

F = FollowActKind
Said = Mapping[str, str]

# So many are told while the officer waits; more are a task, so many in one transaction.
AT_ONCE: Final = 50
TOGETHER: Final = 20


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


def routed(uow: UnitOfWork, leading: Report, department: str, reason: str) -> None:
    """Send each to the desk that its matter goes to; one that is past routing just moves."""
    _for_each(uow, leading, F.ROUTE, department=department, reason=reason)


def ended_outside(uow: UnitOfWork, leading: Report, outcome: str, text: str) -> None:
    """End each with what the body outside decided; one that has an end is told."""
    _for_each(uow, leading, F.END_OUTSIDE, outcome=outcome, text=text)


def brought_back(uow: UnitOfWork, leading: Report, since: date, reason: str) -> None:
    """Send each back to reception that a body outside gave back; its promise stands."""
    _for_each(uow, leading, F.BRING_BACK, since=since.isoformat(), reason=reason)


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
        do_for(uow, one, leading, act, said)


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
            made.done += do_for(uow, one, leading, made.act, said)
        _keep_place(uow, made, leading, some[-1].id if some else None)
        return bool(some)


def _keep_place(uow: UnitOfWork, made: FollowAct, leading: Report, upto: UUID | None) -> None:
    """Write down how far an act has come; where nobody is left it is over, and its words go."""
    made.upto_id = upto or made.upto_id
    if upto is None:
        made.ended_at, made.said = uow.now, b""
        record(uow, "report.followers-told", "report", leading.id, act=made.act, done=made.done)
    refresh_due(uow, leading)
