"""Reading reports. Every staff read passes through the one rule of who sees which.

`in_scope` are the reports somebody may list, count and act on; `in_sight` are these and those known
by a lead only, of which one may read what was reported.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    exists,
    false,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from portal.accounts.queries import person_behind
from portal.audit.trail import position_of
from portal.infra.keys import keys
from portal.infra.vault import ContentKey, vault
from portal.intake.content import Content, message_context, open_content
from portal.intake.lead_models import Lead, ReportExclusion
from portal.intake.models import Author, Channel, Clock, Message, Receipt, Report, ReportFile
from portal.intake.states import ReportState
from portal.jurisdiction.history import codes_inside
from portal.jurisdiction.place import RECEPTION, Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import Disposed, MoveRefused, NotFound, RuleBroken
from portal.kernel.reference import ReceiptCode, derive_receipt


def in_scope(actor: Actor) -> ColumnElement[bool]:
    """The reports this actor may work on or oversee; lists, counts and acts all use it.

    What was disposed of is in nobody's scope; `ever_in_scope` says in whose it would be.
    """
    return and_(Report.disposed_at.is_(None), ever_in_scope(actor))


def ever_in_scope(actor: Actor) -> ColumnElement[bool]:
    """The reports this actor may see, those that were disposed of with them.

    - a member of a unit sees the reports of that unit;
    - a triage clerk at reception sees the ordinary reports of the region as long as their desk
      is in question: not yet routed, just routed, contested;
    - a supervisor sees the ordinary reports of the region;
    - restricted reports (F21) are seen by the responsible unit only, and by reception while
      they have none, or that of an outside body, to which somebody must convey them: none is
      ever lost;
    - reports about an office (F13) by the unit that looks into it only, and by supervision
      while they have none; never by the units they name, nor by administrators;
    - no report is seen by somebody it names, or who has an interest in it (F13).
    """
    if actor.kind in {ActorKind.SYSTEM, ActorKind.OPERATOR}:
        return true()
    if actor.kind is not ActorKind.STAFF or actor.department is None:
        return false()
    seen: list[ColumnElement[bool]] = []
    if actor.roles & _AT_A_DESK:
        seen.append(Report.department_code == actor.department)
    kind, _, region = actor.department.partition("@")
    if Role.TRIAGE_CLERK in actor.roles and kind == RECEPTION:
        seen += _seen_at_reception(actor.region or region)
    if Role.SUPERVISOR in actor.roles:
        seen.append(and_(_ORDINARY, _in_region(actor.region or region)))
        if kind == current_place().supervision:
            seen.append(and_(_AT_NO_DESK, Report.conflict.is_(True)))
    return and_(or_(*seen), not_excluded(actor)) if seen else false()


def in_sight(actor: Actor) -> ColumnElement[bool]:
    """The reports in scope, and those whose lead was given to the actor's unit (A7).

    A lead opens no restricted report and none about an office, and allows nothing but reading.
    """
    return or_(in_scope(actor), _known_by_lead(actor))


def ids_in_sight(actor: Actor) -> CompoundSelect[UUID]:
    """The ids of the reports in sight, some twice: each part is served by an index of its own."""
    parts = (in_scope(actor), _known_by_lead(actor))
    return union_all(*(select(Report.id).where(part) for part in parts))


def _known_by_lead(actor: Actor) -> ColumnElement[bool]:
    if actor.kind is not ActorKind.STAFF or not actor.roles & _AT_A_DESK:
        return false()
    given = select(Lead.report_id).where(Lead.department_code == actor.department)
    return and_(Report.disposed_at.is_(None), _ORDINARY, Report.id.in_(given), not_excluded(actor))


def not_excluded(actor: Actor) -> ColumnElement[bool]:
    """The reports that somebody is not kept from; says nothing of what they may see besides."""
    return ~exists().where(kept_from(actor), ReportExclusion.report_id == Report.id)


def kept_from(actor: Actor) -> ColumnElement[bool]:
    """The exclusions of a person, by whichever account they were made.

    Whoever is signed in is asked for as a value: looked up, SQLite would do so for every row.
    """
    return ReportExclusion.person_id == (actor.person or person_behind(actor.id))


_AT_A_DESK: Final = frozenset(
    {Role.TRIAGE_CLERK, Role.CASE_OFFICER, Role.DEPARTMENT_HEAD, Role.SUPERVISOR}
)
_DESK_IN_QUESTION: Final = (ReportState.RECEIVED, ReportState.ROUTED, ReportState.CONTESTED)
_NO_CONFLICT: Final = Report.conflict.is_(False)
_ORDINARY: Final = and_(Report.restricted.is_(False), _NO_CONFLICT)
_AT_NO_DESK: Final = Report.department_code.is_(None)


def _seen_at_reception(region: str) -> tuple[ColumnElement[bool], ...]:
    nowhere = and_(_AT_NO_DESK, Report.region.is_(None))
    conveyed_here = and_(_to_convey(), or_(_in_region(region), Report.region.is_(None)))
    return (
        and_(_ORDINARY, Report.state.in_(_DESK_IN_QUESTION), or_(_in_region(region), nowhere)),
        and_(or_(_AT_NO_DESK, conveyed_here), Report.restricted.is_(True), _NO_CONFLICT),
    )


def _to_convey() -> ColumnElement[bool]:
    """What lies with a body outside the office: nobody there reads it here."""
    kinds = (kind.kind for kind in current_place().department_kinds.values() if kind.outside)
    theirs = (Report.department_code.startswith(f"{kind}@", autoescape=True) for kind in kinds)
    return and_(Report.state.in_(_DESK_IN_QUESTION), or_(false(), *theirs))


def _in_region(region: str) -> ColumnElement[bool]:
    """Reports from inside a region; those that name no place count where their unit is."""
    place = current_place()
    if region == place.root:
        return true()
    regions, units = _inside(place.version, region)
    of_a_unit = and_(Report.region.is_(None), Report.department_code.in_(units))
    return or_(Report.region.in_(regions), of_a_unit)


@lru_cache(maxsize=256)
def _inside(_version: int, region: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The regions and the units inside a region, kept as long as the place is in this version."""
    place = current_place()
    regions = frozenset(codes_inside(place, region))
    units = (unit.code for unit in place.departments.values() if unit.region in regions)
    return tuple(sorted(regions)), tuple(units)


def get_report(
    session: Session, reference: str, actor: Actor, *, for_update: bool = False
) -> Report:
    """The report with this reference; NotFound if there is none or none that the actor may see."""
    wanted = select(Report).where(Report.reference == reference, in_scope(actor))
    report = session.scalar(wanted.with_for_update() if for_update else wanted)
    if report is None:
        raise missing(session, reference, actor)
    return report


def missing(session: Session, reference: str, actor: Actor) -> NotFound:
    """Why there is no report with this reference: Disposed, for whoever might have seen it."""
    wanted = select(Report.id).where(
        Report.reference == reference, Report.disposed_at.is_not(None), ever_in_scope(actor)
    )
    gone = session.scalar(wanted)
    return NotFound("report") if gone is None else Disposed("disposed", record=gone.hex)


def get_report_in_sight(session: Session, reference: str, actor: Actor) -> Report:
    """The same for reading only: a lead is enough."""
    wanted = select(Report).where(Report.reference == reference, in_sight(actor))
    report = session.scalar(wanted)
    if report is None:
        raise missing(session, reference, actor)
    return report


def is_in_scope(session: Session, report: Report, actor: Actor) -> bool:
    """Whether a report is the actor's to work on or oversee, and not only known by a lead."""
    return (
        session.scalar(select(Report.id).where(Report.id == report.id, in_scope(actor))) is not None
    )


def excluded_from(report: Report) -> Select[UUID]:
    """The persons who must not know of a report."""
    return select(ReportExclusion.person_id).where(ReportExclusion.report_id == report.id)


def is_excluded(session: Session, report: Report, account_id: UUID) -> bool:
    """Whether the person behind an account must not know of the report."""
    found = select(ReportExclusion.person_id).where(
        ReportExclusion.person_id == person_behind(account_id),
        ReportExclusion.report_id == report.id,
    )
    return session.scalar(found) is not None


def demand_version(report: Report, seen: int | None) -> None:
    """Refuse to act on a page that is out of date, so that nobody overwrites unseen."""
    if seen is not None and report.version != seen:
        raise MoveRefused("changed-meanwhile", subject="report", state=report.state)


def demand_not_merged(report: Report) -> None:
    """Refuse to act on a report that is worked on with another: the act belongs to that one."""
    if report.merged_into is not None:
        raise RuleBroken("report-is-merged")


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
    channel: Channel
    language: str
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
        channel=report.channel,
        language=report.language,
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


def are_words_erased(report: Report) -> bool:
    """Whether nothing is left of what the report said, and only its results can still be read."""
    return report.content is not None and content_of(report) == Content(narrative="")


def body_of(report: Report, message: Message) -> str:
    """What a message of the report says, decrypted."""
    return key_of(report).decrypt_text(message.body, message_context(message.id))


def list_messages(session: Session, report_id: UUID) -> Sequence[Message]:
    """The thread of a report, oldest first."""
    return session.scalars(
        select(Message).where(Message.report_id == report_id).order_by(Message.sent_at, Message.id)
    ).all()


def list_said(session: Session, reports: Collection[UUID]) -> Mapping[UUID, Sequence[Message]]:
    """What the reporters of these reports have added to them, oldest first."""
    said: dict[UUID, list[Message]] = {report_id: [] for report_id in reports}
    wanted = select(Message).where(Message.report_id.in_(said), Message.author == Author.REPORTER)
    for message in session.scalars(wanted.order_by(Message.sent_at, Message.id)):
        said[message.report_id].append(message)
    return said


def words_of(report: Report, said: Sequence[Message]) -> str:
    """All that the reporter said, decrypted: what a search looks in; empty once erased."""
    if report.content is None:
        return ""
    key = key_of(report)
    content = open_content(key, report.id, report.content)
    added = (key.decrypt_text(one.body, message_context(one.id)) for one in said)
    answers = (one.words for one in content.answers)
    return "\n".join((content.title, content.narrative, content.place, *answers, *added))


def list_clocks(session: Session, report_id: UUID) -> Sequence[Clock]:
    """Every clock of a report, in the order they started."""
    return session.scalars(
        select(Clock).where(Clock.report_id == report_id).order_by(Clock.starts_on, Clock.due_on)
    ).all()


def list_file_links(session: Session, report_id: UUID) -> Sequence[ReportFile]:
    """Which files came with a report."""
    return session.scalars(select(ReportFile).where(ReportFile.report_id == report_id)).all()
