"""What staff and reporters do in a demonstration, each by the service that people use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from portal.casework.service.acceptance import (
    AcceptReport,
    AssignReport,
    DeclineReport,
    ReturnReport,
    accept_report,
    assign_report,
    decline_report,
    return_report,
)
from portal.casework.service.closing import (
    CloseReport,
    CloseUnrouted,
    close_report,
    close_unrouted,
)
from portal.casework.service.conversation import (
    AddNote,
    AskReporter,
    RecordInstruction,
    add_note,
    ask_reporter,
    record_instruction,
)
from portal.casework.service.routing import route_report
from portal.casework.service.verification import (
    AnswerReport,
    RecordVerification,
    answer_report,
    record_verification,
)
from portal.casework.states import Finding, VerificationMethod
from portal.feedback.rating import RateHandling, rate_handling
from portal.feedback.service import (
    ContestResult,
    WriteToDesk,
    contest_result,
    write_to_desk,
)
from portal.intake.rules import local_date
from portal.intake.service import Submitted
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.triage.service import RouteReport


@dataclass(frozen=True, slots=True)
class Scene:
    """One report of the demonstration, the words of the next step, and everybody's accounts."""

    report: Submitted
    words: Mapping[str, Any]
    staff: Mapping[str, Actor]

    @property
    def reference(self) -> str:
        return self.report.reference

    @property
    def report_id(self) -> UUID:
        return self.report.report_id

    def account_of(self, name: str) -> UUID:
        """The account behind a name of the demonstration."""
        account = self.staff[name].id
        if account is None:
            raise LookupError(name)
        return account


Act = Callable[[Scene, Actor], object]


def _verify(scene: Scene, actor: Actor) -> None:
    words = scene.words
    method, finding = VerificationMethod(words["method"]), Finding(words["finding"])
    command = RecordVerification(scene.reference, method, finding, words["text"])
    record_verification(command, actor=actor)


def _instruct(scene: Scene, actor: Actor) -> None:
    today = local_date(current_place(), datetime.now(UTC))
    command = RecordInstruction(scene.reference, scene.words["author"], today, scene.words["text"])
    record_instruction(command, actor=actor)


def _route(scene: Scene, actor: Actor) -> None:
    words = scene.words
    unit, reason, category = words["department"], words["text"], words.get("category")
    route_report(RouteReport(scene.reference, unit, reason, category), actor=actor)


def _decline(scene: Scene, actor: Actor) -> None:
    words = scene.words
    decline_report(DeclineReport(scene.reference, words["reason"], words["text"]), actor=actor)


def _close_unrouted(scene: Scene, actor: Actor) -> None:
    words = scene.words
    command = CloseUnrouted(scene.reference, words["reason"], words.get("text", ""))
    close_unrouted(command, actor=actor)


def _contest(scene: Scene, actor: Actor) -> None:
    words = scene.words
    contest_result(ContestResult(scene.report_id, words["reason"], words["text"]), actor=actor)


def _rate(scene: Scene, actor: Actor) -> None:
    words = scene.words
    rate_handling(RateHandling(scene.report_id, words["answered"], words["treated"]), actor=actor)


def _write(scene: Scene, actor: Actor) -> None:
    write_to_desk(WriteToDesk(scene.report_id, scene.words["text"]), actor=actor)


STAFF_ACTS: Final[Mapping[str, Act]] = {
    "route": _route,
    "accept": lambda scene, actor: accept_report(AcceptReport(scene.reference), actor=actor),
    "assign": lambda scene, actor: assign_report(
        AssignReport(scene.reference, scene.account_of(scene.words["to"])), actor=actor
    ),
    "decline": _decline,
    "return": lambda scene, actor: return_report(
        ReturnReport(scene.reference, scene.words["text"]), actor=actor
    ),
    "ask": lambda scene, actor: ask_reporter(
        AskReporter(scene.reference, scene.words["text"]), actor=actor
    ),
    "note": lambda scene, actor: add_note(
        AddNote(scene.reference, scene.words["text"]), actor=actor
    ),
    "instruction": _instruct,
    "verify": _verify,
    "answer": lambda scene, actor: answer_report(
        AnswerReport(scene.reference, scene.words["text"]), actor=actor
    ),
    "close": lambda scene, actor: close_report(
        CloseReport(scene.reference, scene.words["outcome"]), actor=actor
    ),
    "close-unrouted": _close_unrouted,
}
REPORTER_ACTS: Final[Mapping[str, Act]] = {
    "reply": _write,
    "write": _write,
    "contest": _contest,
    "rate": _rate,
}
