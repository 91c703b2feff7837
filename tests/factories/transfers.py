"""Hand-overs to bodies outside, brought by the real services into the state a test needs."""

from datetime import UTC, datetime
from typing import Any

from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.rules import local_date
from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.transfers.models import HandOver
from portal.transfers.rules import USUAL
from portal.transfers.service.preparing import PrepareHandOver, prepare_hand_over, seal_bundle
from portal.transfers.service.replying import (
    RecordReceipt,
    RecordReply,
    RecordReturn,
    record_receipt,
    record_reply,
    record_return,
)
from portal.transfers.service.sending import RecordSending, record_sending
from portal.transfers.states import Carrier, HandOverResult, HandOverState
from tests.factories.casework import make_clerk
from tests.factories.intake import make_report

PARTNER = "MARKET@320412"
REASON = "属于贵单位职责。"
MACHINE = Actor.system("test")

S = HandOverState
WAY = {
    S.PREPARED: (),
    S.READY: ("seal",),
    S.SENT: ("seal", "send"),
    S.RECEIVED: ("seal", "send", "receive"),
    S.ANSWERED: ("seal", "send", "answer"),
    S.RETURNED: ("seal", "send", "return"),
}


def today() -> Any:
    """The day it is where the place is."""
    return local_date(current_place(), datetime.now(UTC))


def make_passed_report(**changes: Any) -> Report:
    """A report that lies with a partner body, as triage or a clerk sends it there."""
    asked = {"state": ReportState.ROUTED, "department": PARTNER}
    columns = {"region": "320412"} | changes.pop("columns", {})
    return make_report(**(asked | changes), columns=columns)


def make_hand_over(
    report: Report | None = None,
    state: HandOverState = HandOverState.PREPARED,
    *,
    officer: Actor | None = None,
    **changes: Any,
) -> HandOver:
    """A saved hand-over in `state`; `changes` are fields of PrepareHandOver."""
    report = report or make_passed_report()
    officer = officer or make_clerk()
    asked = {"partner": PARTNER, "reason": REASON, "parts": USUAL}
    made_id = prepare_hand_over(
        PrepareHandOver(report.reference, **(asked | changes)), actor=officer
    )
    for step in WAY[state]:
        _take(step, made_id, officer)
    db.session.expire_all()
    return db.session.get_one(HandOver, made_id)


def _take(step: str, made_id: Any, officer: Actor) -> None:
    match step:
        case "seal":
            seal_bundle(made_id, actor=MACHINE)
        case "send":
            record_sending(RecordSending(made_id, Carrier.IN_PERSON, today()), actor=officer)
        case "receive":
            record_receipt(RecordReceipt(made_id, today(), "市监收〔2026〕7号"), actor=officer)
        case "answer":
            said = ("现场查处，已立案。", "市场监管部门已经立案。", "close.case-opened")
            reply = RecordReply(made_id, today(), HandOverResult.CASE_OPENED, *said)
            record_reply(reply, actor=officer)
        case "return":
            record_return(RecordReturn(made_id, today(), "不属于我局职责。"), actor=officer)
