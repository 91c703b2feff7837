"""What staff do with cases in a demonstration, each by the service that people use."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import select

from portal.cases.models import Case, CaseReport
from portal.cases.queries.steps import list_missing
from portal.cases.service.filling import AddParty, WaivePaper, add_party, waive_paper
from portal.cases.service.moving import MoveCase, move_case
from portal.cases.service.opening import OpenCase, open_case
from portal.cases.service.tasks import GiveTask, give_task
from portal.cases.states import CaseAction, PartyRole
from portal.decisions.rules import carrying_forms
from portal.decisions.states import ServiceWay
from portal.infra.database import db
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.operations.demo_steps import Act, Scene
from portal.papers.queries.papers import list_made, list_parties
from portal.papers.service.drafting import DraftPaper, OnPaper, draft_paper
from portal.papers.service.issuing import issue_paper
from portal.papers.service.serving import RecordService, record_service

# A case of the demonstration has one party and one decision.
ONLY: Final = 1


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


def _waive(scene: Scene, actor: Actor) -> None:
    """The file of the demonstration has a reason instead of the papers of a step."""
    number, move = number_of(scene), CaseAction(scene.words["move"])
    for group in list_missing(db.session(), number, move, actor):
        waive_paper(WaivePaper(number, group[0], scene.words["without"]), actor=actor)


def _move(scene: Scene, actor: Actor) -> None:
    move_case(MoveCase(number_of(scene), CaseAction(scene.words["move"])), actor=actor)


def _paper(scene: Scene, actor: Actor) -> None:
    """A paper, final, for the first party of the case if it is one that is served."""
    number, form = number_of(scene), current_place().papers[scene.words["form"]]
    parties = list_parties(db.session(), number, actor) if form.served else []
    party = parties[0][0] if parties else None
    order = DraftPaper(number, form.code, scene.words["parts"], party=party)
    issue_paper(OnPaper(number, draft_paper(order, actor=actor)), actor=actor)


def _serve(scene: Scene, actor: Actor) -> None:
    """The paper that waits to be served is handed over today."""
    number = number_of(scene)
    made = next(one for one in list_made(db.session(), number, actor) if one.waits)
    said = {name: scene.words[name] for name in ("to_whom", "by_whom")}
    today = local_date(current_place(), datetime.now(UTC))
    if made.paper_id is None:
        raise ValueError("what waits to be served is in the file")
    decision = ONLY if made.form in carrying_forms(current_place()) else None
    way = ServiceWay.HANDED_OVER
    order = RecordService(number, made.paper_id, way, today, **said, decision=decision)
    record_service(order, actor=actor)


CASE_ACTS: Final[Mapping[str, Act]] = {
    "open-case": _open,
    "case-party": _party,
    "case-task": _task,
    "case-waive": _waive,
    "case-move": _move,
    "case-paper": _paper,
    "case-serve": _serve,
}
