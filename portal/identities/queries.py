"""Requests to open identities, as those who ask, those who decide and the reporter see them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from portal.access.permissions import Permission, may
from portal.accounts.models import Account
from portal.custody.models import Opening
from portal.custody.rules import OpeningPurpose
from portal.custody.service.openings import Said, said_of
from portal.custody.states import OPEN_OPENINGS, OpeningState
from portal.identities.rules import published
from portal.infra.keyset import in_window
from portal.intake import queries as reports
from portal.intake.models import Report, ReporterIdentity
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of

KIND: Final = "reporter_identity"
MOST_WAITING: Final = 50
QUARTERS: Final = 8
NEWEST_KEY: Final = (datetime, UUID)


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """A request in a list: of which report, for what, and how far it is."""

    id: UUID
    reference: str
    fields: tuple[str, ...]
    purpose: OpeningPurpose
    state: OpeningState
    asked_by: str
    asked_at: datetime
    ends_at: datetime
    decided_by: str | None
    read_at: datetime | None
    tell_on: date | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpeningFile:
    """One request with what was typed about it, and what its reader may do with it."""

    line: OpeningLine
    version: int
    said: Said = field(repr=False)
    own: bool
    decides: bool
    in_time: bool

    @property
    def may_read(self) -> bool:
        """Whether the reader may open what was released."""
        return self.own and self.in_time and self.line.state is OpeningState.RELEASED

    @property
    def may_withdraw(self) -> bool:
        """Whether the reader may take the request back."""
        return self.own and self.line.state in OPEN_OPENINGS

    @property
    def may_decide(self) -> bool:
        """Whether the reader may release or refuse."""
        return self.decides and self.in_time and self.line.state is OpeningState.ASKED

    def allows(self, act: str) -> bool:
        """Whether the reader may do one of the acts that have a page."""
        decides = self.may_decide
        may = {"release": decides, "refuse": decides, "read": self.may_read, "hold": self.may_hold}
        return may[act]

    @property
    def may_hold(self) -> bool:
        """Whether the reader may have the reporter told later."""
        return self.decides and self.line.state is OpeningState.READ and not self.line.told_at


def get_opening(
    session: Session, opening_id: UUID, actor: Actor, *, for_update: bool = False
) -> tuple[Opening, Report]:
    """A request and its report; NotFound for whoever neither asked nor decides, or is kept out."""
    wanted = (
        select(Opening, Report)
        .join(Report, Report.id == Opening.subject_id)
        .where(Opening.id == opening_id, Opening.subject_kind == KIND, _seen_by(actor))
    )
    row = session.execute(wanted.with_for_update(of=Opening) if for_update else wanted).first()
    if row is None:
        raise NotFound("opening")
    return row.Opening, row.Report


def get_file(session: Session, opening_id: UUID, actor: Actor, now: datetime) -> OpeningFile:
    """The page of a request, as `get_opening`."""
    row = session.execute(_lines(Opening.id == opening_id, _seen_by(actor))).first()
    if row is None:
        raise NotFound("opening")
    opening = row.Opening
    own = opening.asked_by == actor.id
    return OpeningFile(
        line=_line(row),
        version=opening.version,
        said=said_of(opening),
        own=own,
        decides=may(actor, Permission.APPROVE_OPENING) and not own,
        in_time=opening.ends_at > now,
    )


def list_own(session: Session, actor: Actor, window: Window) -> Page[OpeningLine]:
    """What somebody asked for, the newest first."""
    return _page(session, window, Opening.asked_by == actor.id, _seen_by(actor))


def list_waiting(session: Session, actor: Actor) -> Sequence[OpeningLine]:
    """What waits for a decision, the oldest first."""
    wanted = _lines(Opening.state == OpeningState.ASKED, _seen_by(actor))
    ordered = wanted.order_by(Opening.asked_at, Opening.id).limit(MOST_WAITING)
    return [_line(row) for row in session.execute(ordered)]


def list_decided(session: Session, actor: Actor, window: Window) -> Page[OpeningLine]:
    """What is decided or over, the newest first."""
    return _page(session, window, Opening.state != OpeningState.ASKED, _seen_by(actor))


def identity_fields(session: Session, report_id: UUID) -> tuple[str, ...]:
    """Which fields are sealed with a report; none for an anonymous one."""
    identity = session.get(ReporterIdentity, report_id)
    return tuple(identity.fields) if identity else ()


@dataclass(frozen=True, slots=True)
class ToldOpening:
    """An opening as the reporter is told of it."""

    read_at: datetime
    purpose: OpeningPurpose
    fields: tuple[str, ...]


def list_told(session: Session, report_id: UUID) -> tuple[ToldOpening, ...]:
    """How often, when and what for an identity was opened, as far as its reporter is told (U16)."""
    wanted = (
        select(Opening.read_at, Opening.purpose, Opening.fields)
        .where(Opening.subject_id == report_id, Opening.told_at.is_not(None))
        .order_by(Opening.asked_at)
    )
    told = session.execute(wanted).all()
    return tuple(ToldOpening(at, what, tuple(of)) for at, what, of in told if at is not None)


@dataclass(frozen=True, slots=True)
class Quarter:
    """How many identities were opened in a quarter; None where the number would be small."""

    year: int
    number: int
    count: int | None


def list_quarters(session: Session, now: datetime) -> Sequence[Quarter]:
    """The last quarters that are over, the newest first; no totals, to subtract from."""
    place = current_place()
    today, zone = local_date(place, now), ZoneInfo(place.zone)
    at = today.year * 4 + (today.month - 1) // 3
    ends = [_begin(at - back, zone) for back in range(QUARTERS + 1)]
    counts = [
        func.sum(case((and_(Opening.read_at >= start, Opening.read_at < end), 1), else_=0))
        for end, start in pairwise(ends)
    ]
    found = session.execute(select(*counts).where(Opening.read_at >= ends[-1])).one()
    quarters = (divmod(at - back, 4) for back in range(1, QUARTERS + 1))
    return [
        Quarter(year, part + 1, published(count or 0))
        for (year, part), count in zip(quarters, found, strict=True)
    ]


def _begin(quarter: int, zone: ZoneInfo) -> datetime:
    year, part = divmod(quarter, 4)
    return datetime.combine(date(year, part * 3 + 1, 1), time.min, zone).astimezone(UTC)


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    """Whoever asked, as long as the report is theirs; whoever decides; nobody kept from it."""
    own = and_(Opening.asked_by == actor.id, reports.in_scope(actor))
    if not may(actor, Permission.APPROVE_OPENING):
        return own
    return or_(own, reports.not_excluded(actor))


def _lines(*conditions: ColumnElement[bool]) -> Select[Opening, str, str, str]:
    decider = aliased(Account)
    return (
        select(
            Opening,
            Report.reference,
            Account.display_name.label("asked_by"),
            decider.display_name.label("decided_by"),
        )
        .join(Report, Report.id == Opening.subject_id)
        .join(Account, Account.id == Opening.asked_by)
        .outerjoin(decider, decider.id == Opening.decided_by)
        .where(Opening.subject_kind == KIND, *conditions)
    )


def _page(session: Session, window: Window, *conditions: ColumnElement[bool]) -> Page[OpeningLine]:
    wanted = in_window(_lines(*conditions), window, Opening.asked_at, Opening.id, newest_first=True)
    lines = [_line(row) for row in session.execute(wanted)]
    return page_of(lines, window, lambda line: (line.asked_at, line.id))


def _line(row: Row[Opening, str, str, str]) -> OpeningLine:
    opening = row.Opening
    return OpeningLine(
        id=opening.id,
        reference=row.reference,
        fields=tuple(opening.fields),
        purpose=opening.purpose,
        state=opening.state,
        asked_by=row.asked_by,
        asked_at=opening.asked_at,
        ends_at=opening.ends_at,
        decided_by=row.decided_by,
        read_at=opening.read_at,
        tell_on=opening.tell_on,
        told_at=opening.told_at,
    )
