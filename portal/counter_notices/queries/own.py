"""What whoever complained sees of a counter-notice to a complaint of their organisation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from portal.cases.models import Case
from portal.cases.queries.access import key_of
from portal.counter_notices.models import CounterNotice, CounterNoticeComplaint
from portal.counter_notices.queries.desk import answer_words
from portal.counter_notices.queries.reading import line_of
from portal.counter_notices.states import WAITING, ComplainantAnswer, ComplaintFinding, CounterState
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.jurisdiction.tables import CounterReason
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.rights_holders.models import Complaint, Organisation
from portal.rights_holders.queries.complaints import cells_of, find_own
from portal.rights_holders.queries.own import get_own
from portal.rights_holders.queries.own import key_of as key_of_organisation
from portal.rights_holders.rules.complaints import ComplaintField, fold_target

# How many the overview lists.
MOST_NEAREST: Final = 10


@dataclass(frozen=True, slots=True)
class OwnCounter:
    """A counter-notice as it was passed on: in the words of the office, and without who filed it.

    Of the addresses there are this complaint's only. Nothing here depends on who else reported, so
    that nobody learns that somebody joined.
    """

    id: UUID
    state: CounterState
    reason: CounterReason
    addresses: tuple[str, ...] = field(repr=False)
    text: str = field(repr=False)
    told_at: datetime
    answer_by: date | None
    answer: ComplainantAnswer | None
    words: str = field(repr=False)
    reasons: str = field(repr=False)
    finding: ComplaintFinding | None
    reinstated_on: date | None
    may_answer: bool


@dataclass(frozen=True, slots=True)
class ToAnswer:
    """The complaints whose counter-notices are to be answered first, by when.

    So many `more` are to be answered on the last day of these, or later.
    """

    nearest: Mapping[int, date]
    more: int

    @property
    def last_listed(self) -> date | None:
        """The last day of those that are listed."""
        return max(self.nearest.values(), default=None)


@dataclass(frozen=True, slots=True)
class Told:
    """That there are counter-notices to a complaint, and until when one waits for an answer."""

    answer_by: date | None


def list_own_counters(
    session: Session, number: str, complaint: int, actor: Actor
) -> tuple[OwnCounter, ...]:
    """The counter-notices to a complaint; NotFound for a complaint of others."""
    organisation, _own = get_own(session, number, actor)
    found = find_own(session, organisation, complaint)
    today = local_date(current_place(), datetime.now(UTC))
    rows = session.execute(
        select(CounterNotice, CounterNoticeComplaint, Case)
        .join(CounterNoticeComplaint, CounterNoticeComplaint.notice_id == CounterNotice.id)
        .join(Case, Case.id == CounterNotice.case_id)
        .where(CounterNoticeComplaint.complaint_id == found.id, Case.disposed_at.is_(None))
        .order_by(CounterNoticeComplaint.told_at, CounterNotice.id)
    )
    url = cells_of(key_of_organisation(organisation), found).get(ComplaintField.URL, "")
    return tuple(_own_counter(notice, told, case, url, today) for notice, told, case in rows)


def _of_complaint(addresses: tuple[str, ...], url: str) -> tuple[str, ...]:
    """The addresses that a complaint is about, as the counter-notice writes them."""
    own = _folded(url)
    return tuple(one for one in addresses if _folded(one) == own)


def _folded(url: str) -> str:
    return fold_target({ComplaintField.URL: url}, None)


def _own_counter(
    notice: CounterNotice, told: CounterNoticeComplaint, case: Case, url: str, today: date
) -> OwnCounter:
    key = key_of(case)
    line = line_of(notice, key)
    in_time = notice.answer_by is None or today <= notice.answer_by
    return OwnCounter(
        id=notice.id,
        state=line.state,
        reason=line.reason,
        addresses=_of_complaint(line.said.addresses, url),
        text=line.passed_on,
        told_at=told.told_at,
        answer_by=line.answer_by,
        answer=told.answer,
        words=answer_words(told, key),
        reasons=line.told_reasons,
        finding=told.finding,
        reinstated_on=line.reinstated_on,
        may_answer=line.state in WAITING and told.answer is None and in_time,
    )


def list_to_answer(session: Session, number: str, actor: Actor) -> ToAnswer:
    """What waits for the answer of an organisation, the nearest days first."""
    organisation, _own = get_own(session, number, actor)
    told, day = CounterNoticeComplaint, func.min(CounterNotice.answer_by)
    rows = session.execute(
        select(Complaint.number, day, func.count().over())
        .join(told, told.complaint_id == Complaint.id)
        .join(CounterNotice, CounterNotice.id == told.notice_id)
        .join(Case, Case.id == CounterNotice.case_id)
        .where(told.organisation_id == organisation.id, _waits_for_answer())
        .group_by(Complaint.number)
        .order_by(day, Complaint.number)
        .limit(MOST_NEAREST)
    ).all()
    nearest = {complaint: answer_by for complaint, answer_by, _all in rows if answer_by}
    return ToAnswer(nearest, rows[0][2] - len(rows) if rows else 0)


def find_told(session: Session, number: str, complaint: int) -> Told | None:
    """What its page says of the counter-notices to a complaint that the reader was shown."""
    count, answer_by = session.execute(
        select(func.count(), func.min(CounterNotice.answer_by).filter(_waits_for_answer()))
        .select_from(CounterNoticeComplaint)
        .join(CounterNotice, CounterNotice.id == CounterNoticeComplaint.notice_id)
        .join(Case, Case.id == CounterNotice.case_id)
        .join(Complaint, Complaint.id == CounterNoticeComplaint.complaint_id)
        .join(Organisation, Organisation.id == Complaint.organisation_id)
        .where(Organisation.number == number, Complaint.number == complaint)
    ).one()
    return Told(answer_by) if count else None


def is_countered(organisation_id: UUID) -> ColumnElement[bool]:
    """Whether a complaint of an organisation has a counter-notice that waits for its answer."""
    told = CounterNoticeComplaint
    return Complaint.id.in_(
        select(told.complaint_id)
        .join(CounterNotice, CounterNotice.id == told.notice_id)
        .join(Case, Case.id == CounterNotice.case_id)
        .where(told.organisation_id == organisation_id, _waits_for_answer())
    )


def _waits_for_answer() -> ColumnElement[bool]:
    return and_(
        CounterNoticeComplaint.answer.is_(None),
        CounterNotice.state.in_(WAITING),
        CounterNotice.answer_by >= local_date(current_place(), datetime.now(UTC)),
        Case.disposed_at.is_(None),
    )


def demand_own_counters(  # who asks, of what, about which
    session: Session, number: str, complaint: int, notice: UUID, actor: Actor
) -> None:
    """Raise NotFound for a complaint of others, and for a counter-notice to another complaint."""
    lines = list_own_counters(session, number, complaint, actor)
    if notice not in {one.id for one in lines}:
        raise NotFound("counter-notice")
