"""Reading reports. Every staff read passes through `in_scope`: the one rule of who sees which."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from portal.audit.trail import position_of
from portal.infra.keys import keys
from portal.infra.vault import ContentKey, vault
from portal.intake.content import Content, message_context, open_content
from portal.intake.models import Channel, Clock, Message, Receipt, Report, ReportFile
from portal.jurisdiction.place import Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import MoveRefused, NotFound
from portal.kernel.reference import ReceiptCode, derive_receipt


def in_scope(actor: Actor) -> ColumnElement[bool]:
    """The reports this actor may know of; lists, counts, search and single reads all use it.

    - a member of a unit sees the reports of that unit;
    - the triage clerk sees what is not yet routed and where ordinary reports went, so as to
      set a wrong routing right;
    - a supervisor sees the ordinary reports of the region;
    - restricted reports (F21) are seen by the responsible unit only;
    - reports about an office (F13) by the unit that looks into it only, and never by the
      units they name; nobody else, administrators included.
    """
    if actor.kind in {ActorKind.SYSTEM, ActorKind.OPERATOR}:
        return true()
    if actor.kind is not ActorKind.STAFF or actor.department is None:
        return false()
    own = Report.department_code == actor.department
    ordinary = and_(Report.restricted.is_(False), Report.conflict.is_(False))
    seen: list[ColumnElement[bool]] = []
    if actor.roles & {Role.CASE_OFFICER, Role.DEPARTMENT_HEAD, Role.TRIAGE_CLERK}:
        seen.append(own)
    if Role.TRIAGE_CLERK in actor.roles:
        seen.append(ordinary)
    if Role.SUPERVISOR in actor.roles:
        seen += [own, and_(ordinary, _in_region(actor.region))]
    return or_(*seen) if seen else false()


def _in_region(region: str | None) -> ColumnElement[bool]:
    place = current_place()
    if region is None or region == place.root:
        return true()
    return Report.region.in_([code for code in place.regions if place.inside(code, region)])


def get_report(
    session: Session, reference: str, actor: Actor, *, for_update: bool = False
) -> Report:
    """The report with this reference; NotFound if there is none or none that the actor may see."""
    wanted = select(Report).where(Report.reference == reference, in_scope(actor))
    report = session.scalar(wanted.with_for_update() if for_update else wanted)
    if report is None:
        raise NotFound("report")
    return report


def demand_version(report: Report, seen: int | None) -> None:
    """Refuse to act on a page that is out of date, so that nobody overwrites unseen."""
    if seen is not None and report.version != seen:
        raise MoveRefused("changed-meanwhile", subject="report", state=report.state)


def token_hash(token: bytes) -> bytes:
    """What is kept of a submission token."""
    return hashlib.sha256(b"submission-token:" + token).digest()


def find_receipt_by_token(session: Session, token: bytes) -> Receipt | None:
    """The receipt of the submission that this token was used for."""
    return session.scalar(select(Receipt).where(Receipt.token_hash == token_hash(token)))


def find_receipt_by_locator(session: Session, mac: bytes) -> Receipt | None:
    """The receipt whose locator has this keyed hash."""
    return session.scalar(select(Receipt).where(Receipt.locator_mac == mac))


def code_of(channel: Channel, token: bytes, counter: int) -> ReceiptCode:
    """The receipt code of a submission: in digits for a report by telephone, to be read out."""
    spoken = channel is Channel.TELEPHONE
    return derive_receipt(keys().pepper, token, counter, spoken=spoken)


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """What a receipt shows; `code` is None once it was confirmed or the half hour is over."""

    reference: str
    code: ReceiptCode | None
    confirmed: bool
    received_at: datetime
    category: str
    files: tuple[str, ...]
    promised_on: date
    provisional: bool
    position: int
    position_hash: str
    commitment: str


def get_receipt(session: Session, token: bytes) -> ReceiptView:
    """The receipt of the submission made with this token; NotFound for any other token."""
    row = session.execute(
        select(Receipt, Report, Clock)
        .join(Report, Report.id == Receipt.report_id)
        .join(Clock, and_(Clock.report_id == Report.id, Clock.stage == Stage.ACCEPT))
        .where(Receipt.token_hash == token_hash(token), Clock.round == 1)
    ).first()
    if row is None:
        raise NotFound("receipt")
    receipt, report, clock = row.Receipt, row.Report, row.Clock
    shown = receipt.confirmed_at is None and receipt.shown_until > datetime.now(UTC)
    seq, entry_hash = position_of(session, "report.receive", report.id) or (0, "")
    return ReceiptView(
        reference=report.reference,
        code=code_of(report.channel, token, receipt.counter) if shown else None,
        confirmed=receipt.confirmed_at is not None,
        received_at=report.received_at,
        category=report.chosen_category or "",
        files=content_of(report).file_hashes,
        promised_on=clock.promised_on,
        provisional=clock.provisional,
        position=seq,
        position_hash=entry_hash,
        commitment=receipt.commitment,
    )


def with_hashes(content: Content, hashes: Sequence[str]) -> Content:
    """The content with the SHA-256 of its files, in order."""
    return replace(content, file_hashes=tuple(hashes)) if hashes else content


def key_of(report: Report) -> ContentKey:
    """The key everything of this report is encrypted under; NotFound once it was erased."""
    if report.content_key is None:
        raise NotFound("erased")
    return vault().open_key(report.content_key)


def content_of(report: Report) -> Content:
    """What the report says, decrypted; NotFound once it was erased."""
    if report.content is None:
        raise NotFound("erased")
    return open_content(key_of(report), report.id, report.content)


def body_of(report: Report, message: Message) -> str:
    """What a message of the report says, decrypted."""
    return key_of(report).decrypt_text(message.body, message_context(message.id))


def list_messages(session: Session, report_id: UUID) -> Sequence[Message]:
    """The thread of a report, oldest first."""
    return session.scalars(
        select(Message).where(Message.report_id == report_id).order_by(Message.sent_at, Message.id)
    ).all()


def list_clocks(session: Session, report_id: UUID) -> Sequence[Clock]:
    """Every clock of a report, in the order they started."""
    return session.scalars(
        select(Clock).where(Clock.report_id == report_id).order_by(Clock.starts_on, Clock.due_on)
    ).all()


def list_file_links(session: Session, report_id: UUID) -> Sequence[ReportFile]:
    """Which files came with a report."""
    return session.scalars(select(ReportFile).where(ReportFile.report_id == report_id)).all()
