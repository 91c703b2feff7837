"""Whether what an address names is in its case: anything else is not there (404)."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cases.chain_models import CaseEdge, CaseLead
from portal.cases.joint_models import CaseMeeting, CaseMember
from portal.cases.models import CasePaper, CaseParty, CaseReport
from portal.cases.oversight_models import FlashReport
from portal.intake.models import Report
from portal.kernel.errors import NotFound

# What each act is about, and what the address calls it.
ABOUT: Final[Mapping[str, tuple[Any, str]]] = {
    "strike_party": (CaseParty, "which"),
    "strike_paper": (CasePaper, "which"),
    "strike_edge": (CaseEdge, "which"),
    "send_flash": (FlashReport, "which"),
    "take_out_unseen": (CaseReport, "which"),
    "add_point": (CaseMeeting, "which"),
    "end_member": (CaseMember, "member"),
    "give_member_task": (CaseMember, "member"),
    "send_again": (CaseLead, "lead_id"),
    "offer_again": (CaseLead, "lead_id"),
    "withdraw_offer": (CaseLead, "lead_id"),
}


def demand_there(session: Session, case_id: UUID, act: str, named: Mapping[str, Any]) -> None:
    """Raise NotFound if the act is about something that is not of this case."""
    if act == "take_out":
        own = Report.reference == named["reference"], CaseReport.left_at.is_(None)
        wanted = select(CaseReport.id).join(Report, Report.id == CaseReport.report_id)
        wanted = wanted.where(CaseReport.case_id == case_id, *own)
    elif act in ABOUT:
        model, name = ABOUT[act]
        wanted = select(model.id).where(model.case_id == case_id, model.id == named[name])
    else:
        return
    if session.scalar(wanted) is None:
        raise NotFound(act)
