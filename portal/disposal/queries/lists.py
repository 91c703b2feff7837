"""What is due, the lists that two people decide on, and what was disposed of."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.cases.models import Case
from portal.cases.queries import access as cases
from portal.casework.queries.filters import Viewpoint
from portal.disposal.models import IS_DISPOSED, IS_SCHEDULED, DisposalList, RetentionItem
from portal.disposal.queries.terms import is_held
from portal.disposal.rules import SOON_DAYS
from portal.disposal.states import DisposalState, ListState, NotDisposed
from portal.infra.keyset import in_window
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import RecordKind, RetentionRule
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of

Columns = TypeVarTuple("Columns")

DUE_KEY: Final = (int, UUID)
LISTS_KEY: Final = (int,)
DISPOSED_KEY: Final = (datetime, UUID)


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A record on the schedule; `series` is None for a row that the place has no more."""

    id: UUID
    record: RecordKind
    name: str
    category: str
    department: str | None
    series: RetentionRule | None
    starts_on: date
    due_on: date
    state: DisposalState
    held: bool
    put_back_because: NotDisposed | None


@dataclass(frozen=True, slots=True)
class ListLine:
    """A list of records; `own` if the reader, by any account, has proposed it."""

    number: int
    state: ListState
    total: int
    proposed_at: datetime
    proposer: str = field(repr=False)
    decided_at: datetime | None
    decider: str | None = field(repr=False)
    own: bool


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a record that was disposed of."""

    id: UUID
    record: RecordKind
    name: str
    category: str
    department: str | None
    series: RetentionRule | None
    series_code: str
    starts_on: date
    due_on: date
    disposed_at: datetime
    list_number: int
    proposer: str | None = field(repr=False)
    approver: str | None = field(repr=False)
    trail_seq: int | None
    trail_hash: str | None


def scoped(asked: Select[*Columns], actor: Actor) -> Select[*Columns]:
    """The rows of records that the actor may see, or might have seen until they were destroyed."""
    seen = or_(reports.ever_in_scope(actor), cases.ever_in_scope(actor))
    return (
        asked.select_from(RetentionItem)
        .outerjoin(Report, Report.id == RetentionItem.report_id)
        .outerjoin(Case, Case.id == RetentionItem.case_id)
        .where(seen)
    )


def list_due(session: Session, view: Viewpoint, window: Window, *, soon: bool) -> Page[ItemLine]:
    """The records whose time is over, the oldest date first; or those whose time is over soon."""
    item, today = RetentionItem, view.today
    asked = scoped(_items(), view.actor).where(text(IS_SCHEDULED))
    if Role.SUPERVISOR not in view.actor.roles:
        asked = asked.where(item.department_code == view.actor.department)
    last = today + timedelta(days=SOON_DAYS)
    asked = (
        asked.where(item.due_on <= last, item.due_on > today)
        if soon
        else asked.where(item.due_on <= today)
    )
    rows = session.execute(in_window(asked, window, item.due_on, item.id)).all()
    page = page_of(rows, window, lambda row: (row[0].due_on.toordinal(), row[0].id))
    return Page(tuple(map(_item_line, page.items)), page.after, page.before)


def _items() -> Select[RetentionItem, str, str, bool]:
    name = func.coalesce(Report.reference, Case.number)
    category = func.coalesce(Report.category, Case.category)
    return select(RetentionItem, name, category, is_held().label("held"))


def _item_line(row: Row[RetentionItem, str, str, bool]) -> ItemLine:
    item, name, category, held = row
    return ItemLine(
        id=item.id,
        record=RecordKind.CASE if item.report_id is None else RecordKind.REPORT,
        name=name,
        category=category,
        department=item.department_code,
        series=find_series(item.series),
        starts_on=item.starts_on,
        due_on=item.due_on,
        state=item.state,
        held=bool(held),
        put_back_because=item.put_back_because,
    )


def find_series(code: str) -> RetentionRule | None:
    """The row of the schedule with this code, as the place has it now."""
    return next((rule for rule in current_place().retention if rule.code == code), None)


# --- Lists ---------------------------------------------------------------------------------------


def list_lists(session: Session, actor: Actor, window: Window) -> Page[ListLine]:
    """The lists on which something is that the actor may see, and the actor's own; newest first."""
    asked = _lists(actor).where(_concerns(actor))
    newest = in_window(asked, window, DisposalList.number, newest_first=True)
    rows = session.execute(newest).all()
    page = page_of(rows, window, lambda row: (row[0].number,))
    return Page(tuple(map(_list_line, page.items)), page.after, page.before)


def _concerns(actor: Actor) -> ColumnElement[bool]:
    seen = scoped(select(RetentionItem.id), actor).where(RetentionItem.list_id == DisposalList.id)
    own = or_(DisposalList.proposed_by == actor.id, DisposalList.decided_by == actor.id)
    return or_(seen.exists(), own)


def _lists(actor: Actor) -> Select[DisposalList, str, str, bool]:
    first, second = aliased(Account), aliased(Account)
    person = select(Account.person_id).where(Account.id == actor.id).scalar_subquery()
    own = (DisposalList.proposed_person == person).label("own")
    return (
        select(DisposalList, first.display_name, second.display_name, own)
        .join(first, first.id == DisposalList.proposed_by)
        .outerjoin(second, second.id == DisposalList.decided_by)
    )


def _list_line(row: Row[DisposalList, str, str, bool]) -> ListLine:
    made, proposer, decider, own = row
    return ListLine(
        made.number,
        made.state,
        made.total,
        made.proposed_at,
        proposer,
        made.decided_at,
        decider,
        bool(own),
    )


def get_list(session: Session, number: int, actor: Actor) -> tuple[ListLine, tuple[ItemLine, ...]]:
    """A list with what is on it; NotFound unless the actor may see all of that."""
    row = session.execute(_lists(actor).where(DisposalList.number == number)).first()
    if row is None:
        raise NotFound("disposal-list")
    asked = scoped(_items(), actor).where(RetentionItem.list_id == row[0].id)
    lines = session.execute(asked.order_by(RetentionItem.due_on, RetentionItem.id)).all()
    _demand_all(session, row[0], actor, len(lines))
    return _list_line(row), tuple(map(_item_line, lines))


def items_of(
    session: Session, made: DisposalList, actor: Actor, *, for_update: bool = False
) -> list[RetentionItem]:
    """What is on a list, in the order of ids; NotFound unless the actor may see all of it."""
    asked = scoped(select(RetentionItem), actor).where(RetentionItem.list_id == made.id)
    ordered = asked.order_by(RetentionItem.id)
    items = session.scalars(
        ordered.with_for_update(of=RetentionItem) if for_update else ordered
    ).all()
    _demand_all(session, made, actor, len(items))
    return list(items)


def _demand_all(session: Session, made: DisposalList, actor: Actor, seen: int) -> None:
    wanted = select(func.count()).where(RetentionItem.list_id == made.id)
    count = session.scalar(wanted) or 0
    if count != seen or (count == 0 and actor.id not in {made.proposed_by, made.decided_by}):
        raise NotFound("disposal-list")


# --- What was disposed of ------------------------------------------------------------------------


def list_disposed(session: Session, actor: Actor, window: Window) -> Page[Tombstone]:
    """What was disposed of, the newest first."""
    asked = scoped(_stones(), actor).where(text(IS_DISPOSED))
    key = RetentionItem.disposed_at, RetentionItem.id
    rows = session.execute(in_window(asked, window, *key, newest_first=True)).all()
    page = page_of(rows, window, _stone_key)
    return Page(tuple(map(_tombstone, page.items)), page.after, page.before)


def _stone_key(row: Row[RetentionItem, str, str, str, str]) -> tuple[datetime, UUID]:
    return row[0].disposed_at or datetime.min.replace(tzinfo=UTC), row[0].id


def get_tombstone(session: Session, record_id: UUID, actor: Actor) -> Tombstone:
    """What is left of one record; NotFound for whoever might not have seen it."""
    one = or_(RetentionItem.report_id == record_id, RetentionItem.case_id == record_id)
    row = session.execute(scoped(_stones(), actor).where(text(IS_DISPOSED), one)).first()
    if row is None:
        raise NotFound("tombstone")
    return _tombstone(row)


def _stones() -> Select[RetentionItem, str, str, str, str]:
    first, second = aliased(Account), aliased(Account)
    name = func.coalesce(Report.reference, Case.number)
    category = func.coalesce(Report.category, Case.category)
    proposer = select(first.display_name).where(first.id == RetentionItem.proposed_by)
    approver = select(second.display_name).where(second.id == RetentionItem.approved_by)
    people = proposer.scalar_subquery(), approver.scalar_subquery()
    return select(RetentionItem, name, category, *people)


def _tombstone(row: Row[RetentionItem, str, str, str, str]) -> Tombstone:
    item, name, category, proposer, approver = row
    if item.disposed_at is None:
        raise NotFound("tombstone")
    return Tombstone(
        id=item.id,
        record=RecordKind.CASE if item.report_id is None else RecordKind.REPORT,
        name=name,
        category=category,
        department=item.department_code,
        series=find_series(item.series),
        series_code=item.series,
        starts_on=item.starts_on,
        due_on=item.due_on,
        disposed_at=item.disposed_at,
        list_number=item.list_number or 0,
        proposer=proposer,
        approver=approver,
        trail_seq=item.trail_seq,
        trail_hash=item.trail_hash,
    )
