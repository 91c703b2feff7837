"""Doing again what the ledger of erasures says: after a restore, before anybody is let in (T36)."""

from collections import Counter
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from portal.audit.checkpoints import make_checkpoint
from portal.audit.trail import record
from portal.cases.models import Case
from portal.casework.service.erasure import erase_words
from portal.disposal.models import LegalHold, RetentionItem
from portal.disposal.queries.anchor import as_said
from portal.disposal.queries.replay import unreplayed
from portal.disposal.service.destroying import Authority, carry_out, lock_record
from portal.disposal.states import DisposalAction
from portal.infra.database import db
from portal.infra.erasures import REPLAY, ErasureKind, Head, LedgerLine, heads_of
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.addresses import stop_letters
from portal.intake.forgetting import destroy_identity
from portal.intake.models import Report
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor


def replay_erasures() -> Counter[ErasureKind]:
    """Destroy what was destroyed already and a backup has brought back; return how much of each.

    Safe to run at any time, and twice. What the restored database has never known is passed over.
    Raises LedgerBroken, and does nothing, if a line of the ledger is not as it was written or its
    end is lost.
    """
    done: Counter[ErasureKind] = Counter()
    for line in unreplayed(db.session()):
        with unit_of_work(REPLAY) as uow:
            _again(uow, line)
        done[line.what] += 1
    return done


def accept_loss(*, actor: Actor) -> Head:
    """Go on with a ledger that has lost its end; the trail says so, and a checkpoint from when on.

    What stood in the lost lines is not erased again. Raises LedgerBroken for altered lines.
    """
    head = heads_of()[-1]
    with unit_of_work(actor) as uow:
        record(uow, "erasures.accept-loss", "erasures", None, lines=head.lines, head=head.hash)
    make_checkpoint(as_said(db.session(), head), actor=actor)
    return head


def _again(uow: UnitOfWork, line: LedgerLine) -> None:
    if line.what in {ErasureKind.REPORT, ErasureKind.CASE}:
        _dispose(uow, line)
        return
    if line.what is ErasureKind.ADDRESS:
        stop_letters(uow, line.subject_id)
        return
    report = uow.session.get_one(Report, line.subject_id, with_for_update=True)
    if line.what is ErasureKind.IDENTITY:
        destroy_identity(uow, report, reason="replay")
    elif report.content_key is not None:
        erase_words(uow, report, reason="replay")


def _dispose(uow: UnitOfWork, line: LedgerLine) -> None:
    """Destroy a record; its tombstone is made of what the line says."""
    said = line.details
    authority = Authority(
        series=said["series"],
        starts_on=date.fromisoformat(said["starts_on"]),
        due_on=date.fromisoformat(said["due_on"]),
        list_number=int(said["list"]),
        proposed_by=UUID(said["proposed_by"]) if "proposed_by" in said else None,
        approved_by=UUID(said["approved_by"]) if "approved_by" in said else None,
    )
    item = _item(uow, line, authority)
    target = lock_record(uow, item)
    target.held_at = None
    _end_holds(uow, line)
    carry_out(uow, item, target, authority, DisposalAction.CARRY_OUT_AGAIN)
    target.disposed_at = item.disposed_at = line.at


def _end_holds(uow: UnitOfWork, line: LedgerLine) -> None:
    """A hold that the copy still has was lifted before the record went; by whom is not known."""
    mine = or_(LegalHold.report_id == line.subject_id, LegalHold.case_id == line.subject_id)
    for hold in uow.session.scalars(select(LegalHold).where(mine, LegalHold.lifted_at.is_(None))):
        uow.session.delete(hold)
        record(uow, f"{line.what}.end-hold", str(line.what), line.subject_id, hold=hold.id.hex)


def _item(uow: UnitOfWork, line: LedgerLine, by: Authority) -> RetentionItem:
    """The row of the record; made anew where the backup is older than the night that entered it."""
    mine = or_(RetentionItem.report_id == line.subject_id, RetentionItem.case_id == line.subject_id)
    item = uow.session.scalar(select(RetentionItem).where(mine).with_for_update())
    if item is not None:
        return item
    target: Report | Case
    if line.what is ErasureKind.REPORT:
        target = uow.session.get_one(Report, line.subject_id)
    else:
        target = uow.session.get_one(Case, line.subject_id)
    item = RetentionItem(
        report_id=target.id if isinstance(target, Report) else None,
        case_id=target.id if isinstance(target, Case) else None,
        department_code=target.department_code,
        series=by.series,
        place_version=current_place().version,
        starts_on=by.starts_on,
        due_on=by.due_on,
        identity_on=None,
    )
    uow.session.add(item)
    uow.session.flush()
    return item
