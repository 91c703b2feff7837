"""What organisations are told, read off the trail: each entry once, in its order, and none lost.

The trail has a number without gaps for every entry and is written by whatever happened, so that no
stage has to know that somebody is told of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.orm import Session

from portal.audit.models import AuditEvent
from portal.infra.database import db
from portal.infra.uow import UnitOfWork, unit_of_work
from portal.intake.models import Author, Message, MessageKind, Report
from portal.kernel.actor import Actor
from portal.rights_holders.models import Complaint, ComplaintSheet, Organisation
from portal.rights_holders.queries.standings import Rows, Stood, standings_of
from portal.rights_holders.rules.webhooks import (
    KEPT,
    WebhookEvent,
    is_decision,
    payload_of,
)
from portal.rights_holders.service.webhooks import leave_call
from portal.rights_holders.states import ComplaintState
from portal.rights_holders.webhook_models import (
    IS_CALLED,
    IS_WAITING,
    Webhook,
    WebhookAttempt,
    WebhookCursor,
    WebhookMessage,
)

AT_ONCE: Final = 2_000
MOST_PARTS: Final = 20
_TOGETHER: Final = 500
_KINDS: Final = ("report", "complaint", "complaint_sheet")
# A call that was left for so long ago has been lost with its task, and is left anew.
_LOST_AFTER: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _News:
    """Something of one organisation; `cause` is the same whenever it is found."""

    organisation_id: UUID
    event: WebhookEvent
    cause: str
    at: datetime
    data: Mapping[str, object]


def spread_news(*, actor: Actor) -> int:
    """Write what the trail has new for organisations that are called; return how many messages.

    Safe to run twice: how far the trail was read is written in the same transaction, and a cause
    is told to an address once. It runs every few seconds, and writes nothing when there is nothing.
    """
    if not _is_behind(db.session()):
        return 0
    made = 0
    for _part in range(MOST_PARTS):
        written, done = _spread_part(actor)
        made += written
        if done:
            break
    return made


def _is_behind(session: Session) -> bool:
    """Whether the trail has entries that were not read yet."""
    read = session.scalar(select(WebhookCursor.seq).where(WebhookCursor.id == 1))
    return read is None or (session.scalar(select(func.max(AuditEvent.seq))) or 0) > read


def _spread_part(actor: Actor) -> tuple[int, bool]:
    """Read a part of the trail; return how many messages it made, and whether it was the last."""
    with unit_of_work(actor) as uow:
        head = uow.session.scalar(select(func.max(AuditEvent.seq))) or 0
        uow.insert_once(WebhookCursor(id=1, seq=head))
        cursor = uow.session.get_one(WebhookCursor, 1, with_for_update=True)
        called = _called(uow)
        if not called:
            cursor.seq = max(cursor.seq, head)
            return 0, True
        last = min(head, cursor.seq + AT_ONCE)
        entries = list(_entries(uow, cursor.seq, last))
        cursor.seq = max(cursor.seq, last)
        found = [*_of_complaints(uow, entries, set(called)), *_of_batches(uow, entries)]
        made = sum(_write(uow, webhook, found) for own in called.values() for webhook in own)
        return made, last == head


def forget_calls(*, actor: Actor) -> int:
    """Delete messages and attempts that are old; return how many messages. Safe to run twice."""
    with unit_of_work(actor) as uow:
        old = select(WebhookMessage.id).where(WebhookMessage.made_at <= uow.now - KEPT)
        gone = list(uow.session.scalars(old.order_by(WebhookMessage.made_at).limit(_TOGETHER)))
        for statement in (
            delete(WebhookAttempt).where(WebhookAttempt.message_id.in_(gone)),
            delete(WebhookMessage).where(WebhookMessage.id.in_(gone)),
        ):
            uow.session.execute(statement.execution_options(synchronize_session=False))
        return len(gone)


def _called(uow: UnitOfWork) -> dict[UUID, list[Webhook]]:
    """The addresses that are called, by organisation, locked."""
    wanted = select(Webhook).where(text(IS_CALLED)).order_by(Webhook.id).with_for_update()
    found: dict[UUID, list[Webhook]] = {}
    for webhook in uow.session.scalars(wanted):
        found.setdefault(webhook.organisation_id, []).append(webhook)
    return found


def _entries(uow: UnitOfWork, after: int, last: int) -> Iterator[AuditEvent]:
    wanted = select(AuditEvent).where(AuditEvent.seq > after, AuditEvent.seq <= last)
    yield from uow.session.scalars(
        wanted.where(AuditEvent.subject_kind.in_(_KINDS)).order_by(AuditEvent.seq)
    )


def _of_complaints(
    uow: UnitOfWork, entries: list[AuditEvent], organisations: set[UUID]
) -> Iterator[_News]:
    """Changes, decisions and messages, each by itself."""
    rows = _rows_of(uow, entries, organisations)
    own = [one for one in entries if one.subject_id in rows]
    standings = standings_of(own, rows)
    for entry in own:
        stood = standings[entry.seq]
        owner = rows[entry.subject_id][0].organisation_id  # type: ignore[index]
        about = owner, entry.at, stood.said
        if stood.changed:
            yield _news(WebhookEvent.STATE_CHANGED, f"change:{entry.seq}", *about)
        if entry.subject_kind == "report" and is_decision(entry.details):
            reason = entry.details.get("outcome") or entry.details.get("reason")
            yield _news(WebhookEvent.DECISION, f"decision:{entry.seq}", *about, decision=reason)
    yield from _messages(uow, own, rows, standings)


def _rows_of(uow: UnitOfWork, entries: list[AuditEvent], organisations: set[UUID]) -> Rows:
    """The complaints that the entries are about, by their ids and those of their reports."""
    ids = list({one.subject_id for one in entries if one.subject_id is not None})
    rows: dict[UUID, tuple[Complaint, Report | None]] = {}
    for at in range(0, len(ids), _TOGETHER):
        part = ids[at : at + _TOGETHER]
        wanted = (
            select(Complaint, Report)
            .outerjoin(Report, Report.id == Complaint.report_id)
            .where(or_(Complaint.id.in_(part), Complaint.report_id.in_(part)))
            .where(Complaint.organisation_id.in_(organisations))
        )
        for complaint, report in uow.session.execute(wanted):
            rows[complaint.id] = complaint, report
            if report is not None:
                rows[report.id] = complaint, report
    return rows


def _news(
    event: WebhookEvent,
    cause: str,
    organisation: UUID,
    at: datetime,
    standing: Mapping[str, object],
    **more: object,
) -> _News:
    return _News(organisation, event, cause, at, {**standing, **more})


def _messages(
    uow: UnitOfWork,
    entries: list[AuditEvent],
    rows: Rows,
    standings: Mapping[int, Stood],
) -> Iterator[_News]:
    """What the office wrote: a message has the moment of the entry it was written with."""
    moments = {
        (one.subject_id, one.at): standings[one.seq].said
        for one in entries
        if one.subject_kind == "report"
    }
    reports = list({one for one, _at in moments})
    for start in range(0, len(reports), _TOGETHER):
        part = reports[start : start + _TOGETHER]
        wanted = select(Message).where(
            Message.report_id.in_(part),
            Message.author != Author.REPORTER,
            Message.kind != MessageKind.NOTE,
        )
        for message in uow.session.scalars(wanted.order_by(Message.sent_at, Message.id)):
            standing = moments.get((message.report_id, message.sent_at))
            if standing is not None:
                owner, cause = rows[message.report_id][0], f"message:{message.id.hex}"
                said = {"message": message.id.hex, "kind": message.kind.value}
                about = owner.organisation_id, message.sent_at, {**standing, **said}
                yield _news(WebhookEvent.MESSAGE, cause, *about)


def _of_batches(uow: UnitOfWork, entries: list[AuditEvent]) -> Iterator[_News]:
    """Batches that were declared and of which no row waits to be filed any more."""
    moved = [one.subject_id for one in entries if one.subject_kind == "complaint"]
    declared = [one.subject_id for one in entries if one.subject_kind == "complaint_sheet"]
    at = max((one.at for one in entries), default=uow.now)
    waits = select(Complaint.id).where(
        Complaint.sheet_id == ComplaintSheet.id, Complaint.state == ComplaintState.READY
    )
    for part in _parts(moved + declared):
        sheets = select(Complaint.sheet_id).where(Complaint.id.in_(part))
        wanted = select(ComplaintSheet).where(
            or_(ComplaintSheet.id.in_(sheets), ComplaintSheet.id.in_(part)),
            ComplaintSheet.declared_at.is_not(None),
            ~waits.exists(),
        )
        for sheet in uow.session.scalars(wanted):
            yield _News(
                sheet.organisation_id,
                WebhookEvent.BATCH_FINISHED,
                f"batch:{sheet.id.hex}",
                at,
                {"batch": sheet.number, "rows": sheet.rows},
            )


def _parts(ids: list[UUID | None]) -> Iterator[list[UUID | None]]:
    unique = list(dict.fromkeys(ids))
    return (unique[at : at + _TOGETHER] for at in range(0, len(unique), _TOGETHER))


def _write(uow: UnitOfWork, webhook: Webhook, found: list[_News]) -> int:
    """Write to an address what it is told of, and leave a call if there is anything."""
    wanted = [
        one
        for one in found
        if one.organisation_id == webhook.organisation_id
        and one.event in webhook.events
        and one.at >= webhook.made_at
    ]
    if not wanted:
        return 0
    organisation = uow.session.get_one(Organisation, webhook.organisation_id)
    made = 0
    for one in wanted:
        data = {"organisation": organisation.number, **one.data}
        row = WebhookMessage(
            webhook_id=webhook.id,
            number=webhook.messages + 1,
            cause=one.cause,
            event=one.event,
            payload=payload_of(one.event, one.at, data),
            made_at=uow.now,
            asked_at=uow.now,
            next_at=uow.now,
        )
        if uow.insert_once(row):
            webhook.messages += 1
            made += 1
    if made:
        leave_call(uow, webhook, max(uow.now, webhook.rest_until or uow.now))
    return made


def find_lost_calls(*, actor: Actor) -> int:
    """Leave a call anew to addresses whose call was lost: a worker died, or its task is dead.

    Return how many; safe to run twice.
    """
    with unit_of_work(actor) as uow:
        late = uow.now - _LOST_AFTER
        waiting = select(WebhookMessage.webhook_id).where(
            text(IS_WAITING), WebhookMessage.next_at <= late
        )
        lost = set(uow.session.scalars(waiting.distinct()))
        found = [
            one
            for own in (_called(uow) if lost else {}).values()
            for one in own
            if one.id in lost and (one.due_at is None or one.due_at <= late)
        ]
        for webhook in found:
            webhook.due_at = None
            leave_call(uow, webhook, max(uow.now, webhook.rest_until or uow.now))
        return len(found)
