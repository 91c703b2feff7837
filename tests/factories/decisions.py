"""Decisions and pages of parties, brought by the real services into the state a test needs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portal.cases.models import Case, CasePaper, CaseParty, CaseReport
from portal.cases.service.filling import AddPaper, AddParty, add_paper, add_party
from portal.cases.states import PartyRole
from portal.casework.models import Verification
from portal.casework.states import Finding, VerificationMethod
from portal.decisions.queries.notices import approval_of, told_in
from portal.decisions.service.access import OpenPartyPage, open_party_page
from portal.decisions.service.drafting import (
    AddMeasure,
    DraftDecision,
    SettleDecision,
    add_measure,
    draft_decision,
    settle_decision,
)
from portal.decisions.states import DecisionAction, DecisionSource, ServiceWay
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.papers.service.serving import RecordService, record_service
from tests.factories.casework import make_head, make_officer
from tests.factories.evidence import make_evidence

ALLEGED = "您店涉嫌销售侵权复制品，可以在期限内陈述、申辩。"
FACTS = "检查发现货架上有盗版教材十二册。"


def make_party(
    number: str,
    officer: Actor | None = None,
    name: str = "某书店",
    role: PartyRole = PartyRole.SELLER,
) -> UUID:
    """The id of a party of the case."""
    order = AddParty(number, role, name)
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
    with unit_of_work(officer) as uow:  # others may write at the same time: a turn is waited for
        uow.session.add_all(
            Verification(
                report_id=report_id,
                round=1,
                method=VerificationMethod.SITE_VISIT,
                finding=Finding.CONFIRMED,
                summary=b"",
                officer_id=officer.id,
                at=uow.now,
            )
            for report_id in uow.session.scalars(asked).all()
        )


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
        serve(number, made, party, officer, served)
    return made


def serve(number: str, decision: int, party: UUID, officer: Actor, on: date | None = None) -> UUID:
    """Record that a paper that carries the decision was handed over; the id of the paper.

    The party is told beforehand, once, by a notice.
    """
    case = db.session.scalars(select(Case).where(Case.number == number)).one()
    now = approval_of(db.session(), None, datetime.now(UTC))
    if told_in(db.session(), case, ("advance-notice",)).why_untold(party, now):
        tell_before(number, party, officer)
    paper = put_in(number, officer)
    order = RecordService(
        number,
        paper,
        ServiceWay.HANDED_OVER,
        on or local_date(current_place(), datetime.now(UTC)),
        to_whom="店主（示例）",
        by_whom="张三、李四",
        party=party,
        decision=decision,
    )
    record_service(order, actor=officer)
    return paper


def tell_before(number: str, party: UUID, officer: Actor, on: date | None = None) -> None:
    """Record that the notice before a decision was handed over a week ago, or on another day."""
    told = on or local_date(current_place(), datetime.now(UTC)) - timedelta(days=7)
    notice = put_in(number, officer, "advance-notice")
    people = {"to_whom": "店主（示例）", "by_whom": "张三、李四", "party": party}
    order = RecordService(number, notice, ServiceWay.HANDED_OVER, told, **people)
    record_service(order, actor=officer)


def put_in(number: str, officer: Actor, form: str = "penalty-decision") -> UUID:
    """The id of a paper of the case that was scanned in, dated as early as a service may be."""
    dated = local_date(current_place(), datetime.now(UTC)) - timedelta(days=7)
    file = make_evidence(actor=officer)
    add_paper(AddPaper(number, form, dated, file.id), actor=officer)
    return db.session.scalars(select(CasePaper.id).where(CasePaper.evidence_id == file.id)).one()
