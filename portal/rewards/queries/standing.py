"""Where the reports of a case stand, read from the trail, the file and the findings of the head."""

from collections.abc import Collection, Mapping, Sequence
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
from portal.rewards.rules.standing import (
    Candidate,
    FirstAct,
    Standing,
    first_act,
    standings,
)

RECEIVED: Final = "report.receive"


def standings_of(session: Session, case: Case, scheme: RewardScheme) -> tuple[Standing, ...]:
    """Every report of a case with its rank, in the order of the trail: three statements."""
    return standings(list_candidates(session, case), find_first_act(session, case, scheme))


def standings_of_many(
    session: Session, cases: Sequence[Case], schemes: Mapping[UUID, RewardScheme]
) -> dict[UUID, tuple[Standing, ...]]:
    """The same of many cases, each by a scheme that may not be in force: two statements.

    Who was excluded by a ground that the scheme does not know is not excluded by it.
    """
    ids = [case.id for case in cases]
    forms = {form for scheme in schemes.values() for form in scheme.first_acts}
    acts = _acts(session, ids, forms)
    found = _candidates(session, ids)
    return {
        case.id: standings(
            [one.under(schemes[case.id].excluded) for one in found.get(case.id, ())],
            first_act(acts.get(case.id, ()), schemes[case.id].first_acts),
        )
        for case in cases
    }


def find_first_act(session: Session, case: Case, scheme: RewardScheme) -> FirstAct | None:
    """The first inspection, seizure or other act in the file that ends the time to be first."""
    acts = _acts(session, [case.id], scheme.first_acts)
    return first_act(acts.get(case.id, ()), scheme.first_acts)


def list_candidates(session: Session, case: Case) -> tuple[Candidate, ...]:
    """The reports of a case with what decides about their rank."""
    return tuple(_candidates(session, [case.id]).get(case.id, ()))


def _acts(
    session: Session, cases: Sequence[UUID], forms: Collection[str]
) -> dict[UUID, list[FirstAct]]:
    """The papers of these forms in the files of cases."""
    found: dict[UUID, list[FirstAct]] = {}
    if not forms:
        return found
    wanted = select(CasePaper.case_id, CasePaper.form, CasePaper.dated, CasePaper.added_at).where(
        CasePaper.case_id.in_(cases),
        CasePaper.struck_at.is_(None),
        CasePaper.evidence_id.is_not(None),
        CasePaper.form.in_(sorted(forms)),
    )
    for case_id, form, dated, filed_at in session.execute(wanted):
        found.setdefault(case_id, []).append(FirstAct(form, dated, filed_at))
    return found


def _candidates(session: Session, cases: Sequence[UUID]) -> dict[UUID, list[Candidate]]:
    received = (
        select(
            CaseReport.case_id,
            AuditEvent.subject_id,
            func.min(AuditEvent.seq).label("position"),
            func.min(AuditEvent.at).label("at"),
        )
        .join(CaseReport, CaseReport.report_id == AuditEvent.subject_id)
        .where(CaseReport.case_id.in_(cases), AuditEvent.action == RECEIVED)
        .group_by(CaseReport.case_id, AuditEvent.subject_id)
        .subquery()
    )
    rows = session.execute(
        select(Case, Report, received.c.position, received.c.at, Account.department, RewardFinding)
        .join(CaseReport, CaseReport.report_id == Report.id)
        .join(Case, Case.id == CaseReport.case_id)
        .join(
            received,
            (received.c.subject_id == Report.id) & (received.c.case_id == CaseReport.case_id),
        )
        .outerjoin(Account, Account.id == Report.entered_by)
        .outerjoin(
            RewardFinding,
            (RewardFinding.case_id == CaseReport.case_id)
            & (RewardFinding.report_id == Report.id)
            & RewardFinding.undone_at.is_(None),
        )
        .where(CaseReport.case_id.in_(cases), CaseReport.left_at.is_(None))
    )
    found: dict[UUID, list[Candidate]] = {}
    for case, report, position, at, unit, finding in rows:
        own_unit = unit == case.department_code
        one = _candidate(report, position, at, finding, own_unit=own_unit)
        found.setdefault(case.id, []).append(one)
    return found


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
