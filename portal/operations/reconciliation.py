"""The nightly comparison of the records with each other: what should agree, and does it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from portal.accounts.models import Account
from portal.audit.checkpoints import Statement, contradictions, make_checkpoint
from portal.audit.trail import record, verify
from portal.cases.chain_models import LEAD_IS_LATE, CaseLead
from portal.cases.models import IS_OPEN_CASE, IS_TO_DO, Case, CaseTask
from portal.casework.models import FollowAct
from portal.disposal.queries.anchor import beside_trail
from portal.disposal.queries.replay import count_undone
from portal.evidence.models import CustodyEntry, Evidence
from portal.evidence.queries import files_without_row, rows_without_file
from portal.evidence.states import CustodyAct
from portal.infra.database import db
from portal.infra.tasks import TRIAGES, Task, TaskKind, TaskState
from portal.infra.uow import unit_of_work
from portal.intake.models import IS_OPEN, Clock, Receipt, Report
from portal.intake.nearest import NO_CLOCK
from portal.intake.states import OPEN_STATES, ReportState
from portal.jurisdiction.place import Stage
from portal.kernel.actor import Actor
from portal.operations.models import Reconciliation
from portal.transfers.models import HandOver
from portal.transfers.referral_models import CaseReferral
from portal.transfers.states import WITH_PARTNER, HandOverState, ReferralState

# The hourly sweep takes what an hour has left over; what is older has escaped it.
FILE_AGE: Final = timedelta(hours=3)
# What a closed account had open is given away within minutes.
LEAVING_AGE: Final = timedelta(minutes=30)
# A report just received may be between its task and its desk.
TRIAGE_AGE: Final = timedelta(minutes=5)
# A bundle is packed in seconds; a dead task waits on the health page.
PACKING_AGE: Final = timedelta(minutes=15)
# Some weeks without a working day, and the days of the head before, and still nobody told.
SILENCE_AGE: Final = timedelta(days=40)
ABOUT_REPORTS: Final = (
    *TRIAGES,
    TaskKind.HARDEN_RECEIPT,
    TaskKind.INDEX_REPORT,
    TaskKind.ERASE_WORDS,
)
ABOUT_FILES: Final = (TaskKind.SCAN_FILE, TaskKind.MAKE_RENDITION)
# Of which clocks one must run; a body outside that has said it has a matter owes an answer.
CLOCK_OF: Final[Mapping[ReportState, tuple[Stage, ...]]] = {
    ReportState.RECEIVED: (Stage.TRIAGE,),
    ReportState.ROUTED: (Stage.ACCEPT, Stage.TRANSFER),
    ReportState.ACCEPTED: (Stage.VERIFY,),
    ReportState.VERIFIED: (Stage.FEEDBACK,),
    ReportState.ANSWERED: (Stage.CLOSE,),
    ReportState.CONTESTED: (Stage.CONTEST,),
}


class Check(StrEnum):
    """What is compared; each counts its faults."""

    REPORTS_WITHOUT_TASK = "reports_without_task"
    REPORTS_LEFT_BEHIND = "reports_left_behind"
    TASKS_WITHOUT_SUBJECT = "tasks_without_subject"
    REPORTS_WITHOUT_RECEIPT = "reports_without_receipt"
    UNKNOWN_FILES = "unknown_files"
    MISSING_FILES = "missing_files"
    BROKEN_CHAIN = "broken_chain"
    CONTRADICTED_CHECKPOINTS = "contradicted_checkpoints"
    REPORTS_WITHOUT_CLOCK = "reports_without_clock"
    WRONG_DUE_DATES = "wrong_due_dates"
    OWNED_BY_CLOSED_ACCOUNT = "owned_by_closed_account"
    LOST_HAND_OVERS = "lost_hand_overs"
    MERGED_INTO_ENDED = "merged_into_ended"
    ERASED_AND_HERE = "erased_and_here"


def reconcile(*, actor: Actor) -> bool:
    """Run every check; write the result down, on the trail too; return whether all agrees."""
    session = db.session()
    findings = {str(name): check(session) for name, check in CHECKS.items()}
    sound = not any(findings.values())
    with unit_of_work(actor) as uow:
        made = Reconciliation(made_at=uow.now, sound=sound, findings=dict(findings))
        uow.session.add(made)
        record(uow, "system.reconcile", "reconciliation", made.id, sound=_yes_no(sound), **findings)
    return sound


def checkpoint_trail(*, actor: Actor) -> Statement | None:
    """Sign where the trail stands, beside the keys of the custodians and the ledger of erasures."""
    return make_checkpoint(beside_trail(db.session()), actor=actor)


def find_last(session: Session) -> Reconciliation | None:
    """The result of the newest comparison."""
    return session.scalar(select(Reconciliation).order_by(Reconciliation.made_at.desc()).limit(1))


def _yes_no(answer: bool) -> str:  # noqa: FBT001  # the answer itself
    return "yes" if answer else "no"


def reports_without_task(session: Session) -> int:
    """Count reports for which nobody was asked to find a desk (G2)."""
    asked = exists().where(Task.subject_id == Report.id, Task.kind.in_(TRIAGES))
    return session.scalar(select(func.count()).select_from(Report).where(~asked)) or 0


def reports_left_behind(session: Session) -> int:
    """Count reports whose triage failed or was called off, and that nobody has routed by hand."""
    waits = exists().where(
        Task.subject_id == Report.id,
        Task.kind.in_(TRIAGES),
        Task.state == TaskState.PENDING,
    )
    wanted = select(func.count()).select_from(Report)
    left = wanted.where(
        Report.state == ReportState.RECEIVED,
        Report.routing_version == 0,
        Report.entered_at < datetime.now(UTC) - TRIAGE_AGE,
        ~waits,
    )
    return session.scalar(left) or 0


def tasks_without_subject(session: Session) -> int:
    """Count tasks about a report or a file that is not there, and was not erased either."""
    no_report = Task.kind.in_(ABOUT_REPORTS) & ~exists().where(Report.id == Task.subject_id)
    erased = exists().where(
        CustodyEntry.evidence_id == Task.subject_id, CustodyEntry.act == CustodyAct.ERASED
    )
    missing = ~exists().where(Evidence.id == Task.subject_id)
    no_file = and_(Task.kind.in_(ABOUT_FILES), missing, ~erased)
    wanted = select(func.count()).select_from(Task).where(or_(no_report, no_file))
    return session.scalar(wanted) or 0


def reports_without_receipt(session: Session) -> int:
    """Count reports that nobody could follow."""
    has_one = exists().where(Receipt.report_id == Report.id)
    return session.scalar(select(func.count()).select_from(Report).where(~has_one)) or 0


def unknown_files(session: Session) -> int:
    """Count files on the disk that no row knows and no sweep has taken."""
    return len(files_without_row(session, datetime.now(UTC) - FILE_AGE))


def missing_files(session: Session) -> int:
    """Count rows whose file is gone: evidence that was lost."""
    return len(rows_without_file(session))


def broken_chain(session: Session) -> int:
    """Walk the trail; 1 if it is broken anywhere."""
    return int(verify(session)[2] is not None)


def contradicted_checkpoints(session: Session) -> int:
    """Count signed checkpoints that the trail contradicts."""
    return len(contradictions(session))


def reports_without_clock(session: Session) -> int:
    """Count reports in whose state a clock must run and none does."""
    return sum(_without(session, state, stages) for state, stages in CLOCK_OF.items())


def _without(session: Session, state: ReportState, stages: tuple[Stage, ...]) -> int:
    runs = exists().where(
        Clock.report_id == Report.id, Clock.stage.in_(stages), Clock.met_at.is_(None)
    )
    wanted = select(func.count()).select_from(Report).where(Report.state == state, ~runs)
    return session.scalar(wanted) or 0


def wrong_due_dates(session: Session) -> int:
    """Count reports that the desk would sort by a date on which nothing is due.

    What was promised about a merged report is due on the one that leads, too.
    """
    owner = aliased(Report)
    unmet = (
        select(func.min(Clock.due_on))
        .join(owner, owner.id == Clock.report_id)
        .where(
            or_(owner.id == Report.id, owner.merged_into == Report.id),
            Clock.met_at.is_(None),
        )
        .correlate(Report)
    )
    going = unmet.where(Clock.paused_at.is_(None)).scalar_subquery()
    wrong = func.coalesce(going, unmet.scalar_subquery(), NO_CLOCK) != Report.next_due_on
    return session.scalar(select(func.count()).select_from(Report).where(wrong)) or 0


def owned_by_closed_account(session: Session) -> int:
    """Count open reports, cases and tasks that wait for somebody who is not there (U14)."""
    closed = select(Account.id).where(Account.disabled_at < datetime.now(UTC) - LEAVING_AGE)
    owned = (
        select(Report.id).where(text(IS_OPEN), Report.handler_id.in_(closed)),
        select(Case.id).where(text(IS_OPEN_CASE), Case.handler_id.in_(closed)),
        select(CaseTask.id)
        .join(Case, Case.id == CaseTask.case_id)
        .where(Case.ending.is_(None), text(IS_TO_DO), CaseTask.owner_id.in_(closed)),
    )
    return sum(
        session.scalar(select(func.count()).select_from(one.subquery())) or 0 for one in owned
    )


def lost_hand_overs(session: Session) -> int:
    """Count matters that nobody packs up or waits for, and leads whose silence nobody saw (E3)."""
    return _lost_matters(session) + _unpacked_referrals(session) + _unseen_leads(session)


def _packing(subject: InstrumentedAttribute[UUID], kind: TaskKind) -> ColumnElement[bool]:
    """Whether a task is there that packs something up."""
    pending = Task.state == TaskState.PENDING
    return exists().where(Task.subject_id == subject, Task.kind == kind, pending)


def _unpacked_referrals(session: Session) -> int:
    begun = CaseReferral.decided_at < datetime.now(UTC) - PACKING_AGE
    wanted = select(func.count()).where(
        CaseReferral.state == ReferralState.APPROVED,
        CaseReferral.bundle_id.is_(None),
        begun,
        ~_packing(CaseReferral.id, TaskKind.SEAL_REFERRAL),
    )
    return session.scalar(wanted) or 0


def _unseen_leads(session: Session) -> int:
    """The leads of cases, and the cases offered, of which the office above should know by now."""
    long_ago = (datetime.now(UTC) - SILENCE_AGE).date()
    wanted = select(func.count()).select_from(CaseLead)
    return session.scalar(wanted.where(text(LEAD_IS_LATE), CaseLead.due_on < long_ago)) or 0


def _lost_matters(session: Session) -> int:
    begun = HandOver.made_at < datetime.now(UTC) - PACKING_AGE
    packing = _packing(HandOver.id, TaskKind.SEAL_BUNDLE)
    unpacked = and_(HandOver.state == HandOverState.PREPARED, begun, ~packing)
    waits = exists().where(
        Clock.report_id == HandOver.report_id,
        Clock.stage == Stage.TRANSFER,
        Clock.round == HandOver.number,
        Clock.met_at.is_(None),
    )
    out = and_(HandOver.state.in_(WITH_PARTNER), Report.state.in_(OPEN_STATES), ~waits)
    wanted = select(func.count()).select_from(HandOver).join(Report)
    return session.scalar(wanted.where(or_(unpacked, out))) or 0


def merged_into_ended(session: Session) -> int:
    """Count open reports merged into one that has ended: nobody works on them any more (U34).

    Where a task still does for each what was done on the leading one, they are not lost.
    """
    leading = aliased(Report)
    waits = exists().where(FollowAct.leading_id == leading.id, FollowAct.ended_at.is_(None))
    lost = (
        select(func.count())
        .select_from(Report)
        .join(leading, leading.id == Report.merged_into)
        .where(Report.state.in_(OPEN_STATES), leading.state.not_in(OPEN_STATES), ~waits)
    )
    return session.scalar(lost) or 0


CHECKS: Final[Mapping[Check, Callable[[Session], int]]] = {
    Check.REPORTS_WITHOUT_TASK: reports_without_task,
    Check.REPORTS_LEFT_BEHIND: reports_left_behind,
    Check.TASKS_WITHOUT_SUBJECT: tasks_without_subject,
    Check.REPORTS_WITHOUT_RECEIPT: reports_without_receipt,
    Check.UNKNOWN_FILES: unknown_files,
    Check.MISSING_FILES: missing_files,
    Check.BROKEN_CHAIN: broken_chain,
    Check.CONTRADICTED_CHECKPOINTS: contradicted_checkpoints,
    Check.REPORTS_WITHOUT_CLOCK: reports_without_clock,
    Check.WRONG_DUE_DATES: wrong_due_dates,
    Check.OWNED_BY_CLOSED_ACCOUNT: owned_by_closed_account,
    Check.LOST_HAND_OVERS: lost_hand_overs,
    Check.MERGED_INTO_ENDED: merged_into_ended,
    Check.ERASED_AND_HERE: count_undone,
}
