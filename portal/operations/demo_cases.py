"""What staff do with cases in a demonstration, each by the service that people use."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import select

from portal.cases.models import Case, CaseReport
from portal.cases.rules import step_of
from portal.cases.service.filling import AddParty, WaivePaper, add_party, waive_paper
from portal.cases.service.moving import MoveCase, move_case
from portal.cases.service.opening import OpenCase, open_case
from portal.cases.service.tasks import GiveTask, give_task
from portal.cases.states import CaseAction, PartyRole
from portal.infra.database import db
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.operations.demo_steps import Act, Scene


def number_of(scene: Scene) -> str:
    """The number of the case that the report is in."""
    wanted = select(Case.number).join(CaseReport, CaseReport.case_id == Case.id)
    return db.session().scalars(wanted.where(CaseReport.report_id == scene.report_id)).one()


def _open(scene: Scene, actor: Actor) -> None:
    words = scene.words
    open_case(OpenCase([scene.reference], words["title"], words["text"]), actor=actor)


def _party(scene: Scene, actor: Actor) -> None:
    words = scene.words
    role, address = PartyRole(words["role"]), words.get("address", "")
    add_party(AddParty(number_of(scene), role, words["name"], address), actor=actor)


def _task(scene: Scene, actor: Actor) -> None:
    words = scene.words
    due_on = local_date(current_place(), datetime.now(UTC)) + timedelta(days=words["days"])
    order = GiveTask(number_of(scene), scene.account_of(words["to"]), due_on, words["text"])
    give_task(order, actor=actor)


def _move(scene: Scene, actor: Actor) -> None:
    """A move for whose papers the file of the demonstration has a reason instead."""
    number, move = number_of(scene), CaseAction(scene.words["move"])
    for group in step_of(current_place(), move).groups:
        waive_paper(WaivePaper(number, group[0], scene.words["without"]), actor=actor)
    move_case(MoveCase(number, move), actor=actor)


CASE_ACTS: Final[Mapping[str, Act]] = {
    "open-case": _open,
    "case-party": _party,
    "case-task": _task,
    "case-move": _move,
}
