"""What staff and a party do with a decision in a demonstration, by the services people use."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import select

from portal.cases.models import Case, CaseParty
from portal.decisions.service.access import OpenPartyPage, open_party_page
from portal.decisions.service.drafting import (
    AddMeasure,
    DraftDecision,
    SettleDecision,
    add_measure,
    draft_decision,
    settle_decision,
)
from portal.decisions.service.party import (
    FileObjection,
    WriteStatement,
    file_objection,
    write_statement,
)
from portal.decisions.states import DecisionAction, DecisionSource
from portal.infra.database import db
from portal.kernel.actor import Actor
from portal.operations.demo_cases import ONLY, number_of
from portal.operations.demo_steps import Act, Scene


def _party(scene: Scene) -> UUID:
    wanted = select(CaseParty.id).join(Case, Case.id == CaseParty.case_id)
    return db.session().scalars(wanted.where(Case.number == number_of(scene))).one()


def _open_page(scene: Scene, actor: Actor) -> None:
    order = OpenPartyPage(number_of(scene), _party(scene), scene.words["text"])
    open_party_page(order, actor=actor)


def _decide(scene: Scene, actor: Actor) -> None:
    words, number = scene.words, number_of(scene)
    draft = DraftDecision(
        number=number,
        source=DecisionSource.REPORT,
        basis=words["basis"],
        article=words["article"],
        facts=words["text"],
        objection_to=words["objection"],
        court=words["court"],
    )
    draft_decision(draft, actor=actor)
    measure = AddMeasure(number, ONLY, _party(scene), words["measure"], words["detail"])
    add_measure(measure, actor=actor)


def _approve(scene: Scene, actor: Actor) -> None:
    order = SettleDecision(number_of(scene), ONLY, DecisionAction.APPROVE)
    settle_decision(order, actor=actor)


def _state(scene: Scene, actor: Actor) -> None:
    write_statement(WriteStatement(_party(scene), scene.words["text"]), actor=actor)


def _object(scene: Scene, actor: Actor) -> None:
    file_objection(FileObjection(_party(scene), ONLY, scene.words["text"]), actor=actor)


DECISION_ACTS: Final[Mapping[str, Act]] = {
    "party-page": _open_page,
    "decide": _decide,
    "approve": _approve,
}
PARTY_ACTS: Final[Mapping[str, Act]] = {"statement": _state, "object": _object}
