"""Where the reports of a case stand, read from the trail, the file and the findings of the head."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.audit.models import AuditEvent
from portal.cases.models import Case, CasePaper, CaseReport
from portal.intake.models import Report, ReportKind, Stream
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.reward_tables import RewardScheme
from portal.rewards.models import RewardFinding
from portal.rewards.rules.standing import Candidate, FirstAct, Standing, standings

RECEIVED: Final = "report.receive"


def standings_of(session: Session, case: Case, scheme: RewardScheme) -> tuple[Standing, ...]:
    """Every report of a case with its rank, in the order of the trail: three statements."""
    return standings(list_candidates(session, case), find_first_act(session, case, scheme))


def find_first_act(session: Session, case: Case, scheme: RewardScheme) -> FirstAct | None:
    """The first inspection, seizure or other act in the file that ends the time to be first."""
    if not scheme.first_acts:
        return None
    wanted = select(CasePaper.form, CasePaper.dated, CasePaper.added_at).where(
        CasePaper.case_id == case.id,
        CasePaper.struck_at.is_(None),
        CasePaper.evidence_id.is_not(None),
        CasePaper.form.in_(scheme.first_acts),
    )
    papers = session.execute(wanted.order_by(CasePaper.dated, CasePaper.added_at)).all()
    if not papers:
        return None
    return FirstAct(papers[0].form, papers[0].dated, min(one.added_at for one in papers))


def list_candidates(session: Session, case: Case) -> tuple[Candidate, ...]:
    """The reports of a case with what decides about their rank."""
    received = (
        select(
            AuditEvent.subject_id,
            func.min(AuditEvent.seq).label("position"),
            func.min(AuditEvent.at).label("at"),
        )
        .join(CaseReport, CaseReport.report_id == AuditEvent.subject_id)
        .where(CaseReport.case_id == case.id, AuditEvent.action == RECEIVED)
        .group_by(AuditEvent.subject_id)
        .subquery()
    )
    rows = session.execute(
        select(Report, received.c.position, received.c.at, Account.department, RewardFinding)
        .join(CaseReport, CaseReport.report_id == Report.id)
        .join(received, received.c.subject_id == Report.id)
        .outerjoin(Account, Account.id == Report.entered_by)
        .outerjoin(
            RewardFinding,
            (RewardFinding.case_id == CaseReport.case_id)
            & (RewardFinding.report_id == Report.id)
            & RewardFinding.undone_at.is_(None),
        )
        .where(CaseReport.case_id == case.id, CaseReport.left_at.is_(None))
    )
    return tuple(
        _candidate(report, position, at, finding, own_unit=unit == case.department_code)
        for report, position, at, unit, finding in rows
    )


def _candidate(
    report: Report,
    position: int,
    at: datetime,
    finding: RewardFinding | None,
    *,
    own_unit: bool,
) -> Candidate:
    return Candidate(
        report_id=report.id,
        reference=report.reference,
        position=position,
        at=at,
        day=local_date(current_place(), at),
        tip=report.kind is ReportKind.TIP and report.stream is not Stream.PATROL,
        asks=report.wants_reward,
        own_unit=own_unit,
        finding=finding.kind if finding else None,
        ground=finding.ground if finding else None,
    )


def find_standing(found: tuple[Standing, ...], report_id: UUID) -> int | None:
    """At which place a report stands; None if it is not in the case any more."""
    ids = [one.candidate.report_id for one in found]
    return ids.index(report_id) if report_id in ids else None
