"""Digests as heads of units read them: figures for all, numbers of what the reader may see."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, text
from sqlalchemy.orm import Session, aliased

from portal.accounts.models import Account
from portal.cases.chain_models import CaseLead
from portal.cases.models import Case
from portal.cases.queries.access import in_scope
from portal.cases.queries.chain import sent_to
from portal.casework.queries.figures import in_reach
from portal.casework.queries.filters import Viewpoint
from portal.digests.models import IS_UNREAD, UnitDigest
from portal.digests.rules import Shared, Turn
from portal.infra.keyset import in_window
from portal.intake.lead_models import Lead
from portal.intake.models import Report
from portal.intake.queries import in_scope as reports_in_scope
from portal.intake.queries import in_sight
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound
from portal.kernel.page import Page, Window, page_of

DIGESTS_KEY: Final = (int, UUID)

Figures = Mapping[Shared, Mapping[Turn, int]]


@dataclass(frozen=True, slots=True)
class DigestLine:
    """A digest in the list: how much there is in it, and whether each side has acknowledged."""

    id: UUID
    month: date
    unit: str
    other: str
    passed: int
    late: int
    acknowledged_at: datetime | None
    other_at: datetime | None


@dataclass(frozen=True, slots=True)
class ThingLine:
    """Something that was counted, by its number, and the report or case on whose page it is."""

    number: str
    kind: Shared
    given: bool
    turns: tuple[Turn, ...]
    reference: str | None = None
    case_number: str | None = None


@dataclass(frozen=True, slots=True)
class DigestPage:
    """A digest with its figures, and the numbers of what the reader may see of it."""

    line: DigestLine
    given: Figures
    taken: Figures
    things: tuple[ThingLine, ...]
    acknowledged_by: str | None = field(repr=False)
    may_acknowledge: bool


def heap_of_unread(view: Viewpoint) -> Select[int]:
    """The digests that the reader's unit has not acknowledged."""
    own = UnitDigest.department_code == view.actor.department
    return select(literal(1)).select_from(UnitDigest).where(text(IS_UNREAD), own)


def list_digests(session: Session, actor: Actor, window: Window) -> Page[DigestLine]:
    """The digests in reach, those of the newest month first."""
    asked = in_window(_lines(actor), window, UnitDigest.month, UnitDigest.id, newest_first=True)
    rows = session.execute(asked).all()
    page = page_of(rows, window, lambda row: (row[0].month.toordinal(), row[0].id))
    return Page(tuple(_line(*row) for row in page.items), page.after, page.before)


def get_digest(
    session: Session, digest_id: UUID, actor: Actor, *, for_update: bool = False
) -> UnitDigest:
    """A digest in the actor's reach; NotFound for any other."""
    wanted = select(UnitDigest).where(UnitDigest.id == digest_id, _in_reach(actor))
    digest = session.scalar(wanted.with_for_update() if for_update else wanted)
    if digest is None:
        raise NotFound("digest")
    return digest


def get_page(session: Session, digest_id: UUID, actor: Actor) -> DigestPage:
    """A digest as its page shows it; NotFound for one that is not in reach."""
    row = session.execute(_lines(actor).where(UnitDigest.id == digest_id)).first()
    if row is None:
        raise NotFound("digest")
    digest = row[0]
    by = select(Account.display_name).where(Account.id == digest.acknowledged_by)
    return DigestPage(
        line=_line(*row),
        given=_figures(digest.given),
        taken=_figures(digest.taken),
        things=tuple(sorted(_things(session, digest.things, actor), key=_order)),
        acknowledged_by=session.scalar(by) if digest.acknowledged_by else None,
        may_acknowledge=digest.acknowledged_at is None
        and digest.department_code == actor.department,
    )


def _in_reach(actor: Actor) -> ColumnElement[bool]:
    return in_reach(UnitDigest.department_code, actor)


def _lines(actor: Actor) -> Select[UnitDigest, datetime | None]:
    """The digests in reach, each with when the other side acknowledged its copy."""
    theirs = aliased(UnitDigest)
    mirrored = and_(
        theirs.department_code == UnitDigest.other_code,
        theirs.other_code == UnitDigest.department_code,
        theirs.month == UnitDigest.month,
    )
    asked = select(UnitDigest, theirs.acknowledged_at).outerjoin(theirs, mirrored)
    return asked.where(_in_reach(actor))


def _line(digest: UnitDigest, other_at: datetime | None) -> DigestLine:
    sides = [*digest.given.values(), *digest.taken.values()]
    return DigestLine(
        id=digest.id,
        month=digest.month,
        unit=digest.department_code,
        other=digest.other_code,
        passed=sum(one.get(Turn.PASSED, 0) for one in sides),
        late=sum(one.get(Turn.LATE, 0) for one in sides),
        acknowledged_at=digest.acknowledged_at,
        other_at=other_at,
    )


def _figures(kept: Mapping[str, Mapping[str, int]]) -> Figures:
    return {
        Shared(kind): {Turn(turn): n for turn, n in counts.items()} for kind, counts in kept.items()
    }


# --- By number -----------------------------------------------------------------------------------


def _things(
    session: Session, kept: Sequence[Mapping[str, Any]], actor: Actor
) -> Iterator[ThingLine]:
    """What stands behind the figures, as far as the reader may see it now."""
    ids = [UUID(one["id"]) for one in kept]
    leads = {row.id: row for row in session.execute(_leads_of(ids, actor))}
    of_cases = {row.id: row for row in session.execute(_case_leads_of(ids, actor))}
    for one in kept:
        which, kind = UUID(one["id"]), Shared(one["kind"])
        said = kind, one["given"], tuple(Turn(turn) for turn in one["turns"])
        if (lead := leads.get(which)) is not None:
            yield ThingLine(f"{lead.reference}/{lead.number}", *said, reference=lead.reference)
        elif (row := of_cases.get(which)) is not None:
            number = row.own_number or row.their_number
            yield ThingLine(f"{row.number}/{row.place}", *said, case_number=number)


def _order(one: ThingLine) -> tuple[bool, int, str]:
    return not one.given, list(Shared).index(one.kind), one.number


def _leads_of(ids: Sequence[UUID], actor: Actor) -> Select[*tuple[Any, ...]]:
    """Leads of reports, as `get_lead` opens them."""
    own = and_(Lead.department_code == actor.department, in_sight(actor))
    return (
        select(Lead.id, Lead.number, Report.reference)
        .join(Report, Report.id == Lead.report_id)
        .where(Lead.id.in_(ids), or_(own, reports_in_scope(actor)))
    )


def _case_leads_of(ids: Sequence[UUID], actor: Actor) -> Select[*tuple[Any, ...]]:
    """Leads of cases that go to the reader's unit, or come from a case that the reader may read.

    The number of a case is a link where the reader may open it: the one that leads, or the one
    that was opened on the lead.
    """
    case = aliased(Case)
    mine = select(Case.number).where(in_scope(actor))
    return (
        select(
            CaseLead.id,
            CaseLead.number.label("place"),
            case.number,
            mine.where(Case.id == CaseLead.case_id).scalar_subquery().label("own_number"),
            mine.where(Case.id == CaseLead.to_case_id).scalar_subquery().label("their_number"),
        )
        .join(case, case.id == CaseLead.case_id)
        .where(
            CaseLead.id.in_(ids),
            or_(sent_to(actor), CaseLead.case_id.in_(select(Case.id).where(in_scope(actor)))),
        )
    )
