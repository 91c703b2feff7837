"""Decisions and pages of parties, brought by the real services into the state a test needs."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.cases.models import Case, CaseParty, CaseReport
from portal.cases.service.filling import AddParty, add_party
from portal.cases.states import PartyRole
from portal.casework.models import Verification
from portal.casework.states import Finding, VerificationMethod
from portal.decisions.service.access import OpenPartyPage, open_party_page
from portal.decisions.service.drafting import (
    AddMeasure,
    DraftDecision,
    SettleDecision,
    add_measure,
    draft_decision,
    settle_decision,
)
from portal.decisions.service.serving import ServeDecision, serve_decision
from portal.decisions.states import DecisionAction, DecisionSource
from portal.infra.database import db
from portal.kernel.actor import Actor
from tests.factories.casework import make_head, make_officer

ALLEGED = "您店涉嫌销售侵权复制品，可以在期限内陈述、申辩。"
FACTS = "检查发现货架上有盗版教材十二册。"


def make_party(number: str, officer: Actor | None = None, name: str = "某书店") -> UUID:
    """The id of a party of the case."""
    order = AddParty(number, PartyRole.SELLER, name)
    add_party(order, actor=officer or make_officer())
    newest = select(CaseParty.id).join(Case, Case.id == CaseParty.case_id)
    found = newest.where(Case.number == number).order_by(CaseParty.added_at.desc())
    return db.session.scalars(found).first()


def open_page(number: str, party: UUID, officer: Actor | None = None) -> str:
    """The code of the page of a party."""
    order = OpenPartyPage(number, party, ALLEGED)
    return open_party_page(order, actor=officer or make_officer()).text


def confirm(number: str, officer: Actor) -> None:
    """Note a check that confirmed each report of the case that has none."""
    held = select(CaseReport.report_id).join(Case, Case.id == CaseReport.case_id)
    checked = select(Verification.report_id)
    asked = held.where(Case.number == number, CaseReport.report_id.not_in(checked))
    for report_id in db.session.scalars(asked).all():
        made = Verification(
            report_id=report_id,
            round=1,
            method=VerificationMethod.SITE_VISIT,
            finding=Finding.CONFIRMED,
            summary=b"",
            officer_id=officer.id,
            at=datetime.now(UTC),
        )
        db.session.add(made)
    db.session.commit()


def make_decision(
    number: str,
    *,
    party: UUID | None = None,
    officer: Actor | None = None,
    head: Actor | None = None,
    approved: bool = True,
    served: Any = None,
    **changes: Any,
) -> int:
    """The number of a saved decision with a measure against `party`, or one of its own.

    `served` is the day on which it was served on the party.
    """
    officer = officer or make_officer()
    if party is None and approved:
        confirm(number, officer)
        party = make_party(number, officer)
    asked = {
        "source": DecisionSource.REPORT,
        "basis": "penalty-57",
        "article": "",
        "facts": FACTS,
        "objection_to": "市文化和旅游局",
        "court": "区人民法院",
    }
    made = draft_decision(DraftDecision(number, **(asked | changes)), actor=officer)
    if party is not None:
        add_measure(AddMeasure(number, made, party, "warning", "予以警告。"), actor=officer)
    if approved:
        approve = SettleDecision(number, made, DecisionAction.APPROVE)
        settle_decision(approve, actor=head or make_head())
    if served is not None and party is not None:
        serve_decision(ServeDecision(number, made, party, served), actor=officer)
    return made
