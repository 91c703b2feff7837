"""What each act on a leading report is for one that is merged into it."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Final
from uuid import UUID

from portal.audit.trail import advance, record
from portal.casework.rules import told
from portal.casework.service.ending import (
    ByRule,
    close_at_reception,
    decline,
    end_with,
    send_back,
)
from portal.casework.service.in_hand import finish, touch, write, write_result
from portal.casework.service.leaving import let_go
from portal.casework.states import FollowActKind
from portal.infra.uow import UnitOfWork
from portal.intake.clocks import (
    end_wait,
    extend,
    happened,
    meet,
    pause,
    resume,
    rule_of,
    running,
    stop_waiting,
    wait_for_reporter,
)
from portal.intake.clocks_again import reopen_since
from portal.intake.models import MessageKind, Report
from portal.intake.rules import local_date
from portal.intake.states import OPEN_STATES, ReportAction, ReportState
from portal.jurisdiction.place import ClockEvent, Stage, Suspension
from portal.jurisdiction.queries import current_place
from portal.triage.leads import reopen_leads
from portal.triage.relations import leave
from portal.triage.service import route_along

S, A, F = ReportState, ReportAction, FollowActKind
Said = Mapping[str, str]

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
    F.ROUTE: set(ReportState),
    F.END_OUTSIDE: set(ReportState),
    F.BRING_BACK: {S.ROUTED},
}
# What an answer is the end of.
_BEFORE_ANSWER: Final = (
    Stage.ACCEPT,
    Stage.VERIFY,
    Stage.FEEDBACK,
    Stage.RESULT,
    Stage.CONTEST,
)


def do_for(uow: UnitOfWork, one: Report, leading: Report, act: FollowActKind, said: Said) -> bool:
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
    wait_for_reporter(uow, one, follows=leading.id.hex)
    touch(uow, one)


def _stand_still(uow: UnitOfWork, one: Report, leading: Report, said: Said) -> None:
    cause = Suspension(said["cause"])
    if pause(uow, one, cause):
        to_reporter = current_place().reasons[cause.reason].to_reporter.in_(one.language)
        write(uow, one, MessageKind.NOTICE, told(to_reporter, said["words"]))
        record(uow, "report.stand-still", "report", one.id, follows=leading.id.hex)
        touch(uow, one)


def _run_on(uow: UnitOfWork, one: Report, leading: Report, _said: Said) -> None:
    end_wait(uow, one)
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


def _route(uow: UnitOfWork, one: Report, _leading: Report, said: Said) -> None:
    route_along(uow, one, said["department"], said["reason"])


def _end_outside(uow: UnitOfWork, one: Report, _leading: Report, said: Said) -> None:
    """What has an end already is told what the body outside said, and stays as it is."""
    if A.CLOSE_UNROUTED in one.open_actions:
        end_with(uow, one, current_place().reasons[said["outcome"]], said["text"])
    else:
        write(uow, one, MessageKind.NOTICE, said["text"])
        touch(uow, one)


def _bring_back(uow: UnitOfWork, one: Report, _leading: Report, said: Said) -> None:
    reopen_since(uow, one.id, Stage.ACCEPT, date.fromisoformat(said["since"]))
    send_back(uow, one, said["reason"])


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
    F.ROUTE: _route,
    F.END_OUTSIDE: _end_outside,
    F.BRING_BACK: _bring_back,
}
