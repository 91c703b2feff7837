"""What is done on a leading report is done for the reports merged into it, for each by itself.

Each of their reporters reads it under their own code, in their own language, with a result of
their own; nothing of what one of them wrote is passed on.
"""

from collections.abc import Mapping
from typing import Final

from portal.audit.trail import advance, record
from portal.casework.rules import told
from portal.casework.service.in_hand import finish, touch, write, write_result
from portal.casework.service.leaving import let_go
from portal.infra.uow import UnitOfWork
from portal.intake.clocks import happened, meet, pause, resume, stop_waiting
from portal.intake.models import MessageKind, Report
from portal.intake.states import OPEN_STATES, ReportAction, ReportState
from portal.jurisdiction.place import ClockEvent, Stage, Suspension
from portal.jurisdiction.queries import current_place
from portal.triage.relations import leave, list_following

S, A = ReportState, ReportAction

# How each state comes to an answer; a report keeps its own state until there is one.
_TO_ANSWER: Final[Mapping[ReportState, tuple[ReportAction, ...]]] = {
    S.ROUTED: (A.ACCEPT, A.VERIFY, A.ANSWER),
    S.ACCEPTED: (A.VERIFY, A.ANSWER),
    S.VERIFIED: (A.ANSWER,),
    S.CONTESTED: (A.VERIFY, A.ANSWER),
}
# What an answer is the end of.
_BEFORE_ANSWER: Final = (
    Stage.ACCEPT,
    Stage.VERIFY,
    Stage.FEEDBACK,
    Stage.RESULT,
    Stage.CONTEST,
)


def accepted(uow: UnitOfWork, leading: Report) -> None:
    """The matter was taken on: so it was for each."""
    for one in _unanswered(uow, leading):
        meet(uow, one.id, Stage.ACCEPT)
        happened(uow, one, ClockEvent.ACCEPTED, one.result_number + 1)
        _note(uow, one, leading, A.ACCEPT)


def that_may(uow: UnitOfWork, leading: Report, action: ReportAction) -> list[Report]:
    """Those that follow and may take this action; what has a result already stays as it is."""
    return [one for one in list_following(uow, leading) if action in one.open_actions]


def ended(uow: UnitOfWork, leading: Report) -> None:
    """Let what could not end with the leading one go its own way, so that nobody loses it."""
    for one in list_following(uow, leading):
        if one.state in OPEN_STATES:
            leave(uow, one)
            let_go(uow, one)
            touch(uow, one)


def asked(uow: UnitOfWork, leading: Report, question: str) -> None:
    """Put the question, in the officer's words and no others, to each reporter."""
    for one in _unanswered(uow, leading):
        write(uow, one, MessageKind.QUESTION, question)
        if one.waiting_since is None:
            one.waiting_since = uow.now
            pause(uow, one, Suspension.REPORTER)
        record(uow, "report.ask", "report", one.id, follows=leading.id.hex)
        touch(uow, one)


def stood_still(uow: UnitOfWork, leading: Report, cause: Suspension, words: str) -> None:
    """Let the clocks of each stand still that may for this, and tell its reporter why."""
    reason = current_place().reasons[cause.reason]
    for one in _unanswered(uow, leading):
        if pause(uow, one, cause):
            write(uow, one, MessageKind.NOTICE, told(reason.to_reporter.in_(one.language), words))
            record(uow, "report.stand-still", "report", one.id, follows=leading.id.hex)
            touch(uow, one)


def ran_on(uow: UnitOfWork, leading: Report) -> None:
    """Let the clocks of each run on: nothing is waited for any more."""
    for one in _unanswered(uow, leading):
        one.waiting_since = None
        if resume(uow, one, *Suspension):
            record(uow, "report.run-on", "report", one.id, follows=leading.id.hex)
            touch(uow, one)


def verified(uow: UnitOfWork, leading: Report) -> None:
    """The matter was looked into; the time to tell each reporter begins."""
    for one in _unanswered(uow, leading):
        stop_waiting(uow, one)
        meet(uow, one.id, Stage.ACCEPT, Stage.VERIFY)
        happened(uow, one, ClockEvent.VERIFIED, one.result_number + 1)
        _note(uow, one, leading, A.VERIFY)


def answered(uow: UnitOfWork, leading: Report, text: str) -> None:
    """Give each reporter a result of their own; who has one already contested nothing.

    They are told nothing then: what one reporter contested is for nobody else to know of.
    """
    for one in _unanswered(uow, leading):
        for action in _TO_ANSWER[one.state]:
            advance(uow, one, action, follows=leading.id.hex)
        write_result(uow, one, text)
        stop_waiting(uow, one)
        meet(uow, one.id, *_BEFORE_ANSWER)
        happened(uow, one, ClockEvent.ANSWERED, one.result_number)
        touch(uow, one)


def closed(uow: UnitOfWork, leading: Report, outcome: str) -> None:
    """Close each that was answered with the same outcome."""
    for one in list_following(uow, leading):
        if one.state is S.ANSWERED:
            one.close_reason = outcome
            advance(uow, one, A.CLOSE, outcome=outcome, follows=leading.id.hex)
            finish(uow, one)
            touch(uow, one)


def _unanswered(uow: UnitOfWork, leading: Report) -> list[Report]:
    return [one for one in list_following(uow, leading) if one.state in _TO_ANSWER]


def _note(uow: UnitOfWork, one: Report, leading: Report, action: ReportAction) -> None:
    record(uow, "report.follow", "report", one.id, act=action, follows=leading.id.hex)
    touch(uow, one)
