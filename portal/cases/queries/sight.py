"""What stays in the sight of an office above, of a case whose own unit is complained of (F13)."""

from collections.abc import Iterator
from string import ascii_letters, digits
from typing import Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    String,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from portal.access.permissions import GRANTS, Permission
from portal.accounts.models import Account, AccountRole
from portal.audit.models import AuditEvent
from portal.cases.models import Case, CaseReport
from portal.cases.oversight_models import Supervision
from portal.cases.queries.going import ever_in
from portal.cases.queries.regions import lies_in
from portal.infra.database import Base
from portal.intake.lead_models import ReportExclusion
from portal.intake.models import Report
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Role
from portal.triage.rules.conflict import is_named

# The entries of the trail that say who has a case, or had it before.
HANDED_ON: Final = ("case.assign", "case.let-go", "case.transfer")
RELEASING: Final = tuple(
    one for one in Role if Permission.SUPERVISE_CASES in GRANTS.get(one, frozenset())
)
# What the region of a unit is written with: `CULTURE_ENF@320412`, `ENFORCEMENT@GB-LND`.
_OF_REGIONS: Final = ascii_letters + digits + "-_"


def is_complained_of(session: Session, case_id: UUID, *units: str) -> bool:
    """Whether a report that is or was in a case, or follows one, complains of one of these units.

    Or of what is too near to it: the rule is that of `is_named`, here as when a report is routed.
    """
    place, about = current_place(), (Report.excluded_units, Report.region)
    asked = [one.where(Report.conflict).with_only_columns(*about) for one in ever_in(case_id)]
    bodies = [place.departments[one] for one in units if one in place.departments]
    return any(
        not set(units).isdisjoint(row.excluded_units)
        or any(is_named(place, row.excluded_units, row.region, body) for body in bodies)
        for row in session.execute(union_all(*asked)).all()
    )


def kept_in_sight(office: str, region: str) -> ColumnElement[bool]:
    """The cases that an office keeps in sight though few may know of them.

    It supervises them, and the unit that has them is complained of and would else be left alone
    with them. Where it is complained of as well, or nobody of it may release the case, an office
    above it has them in sight. Not where a report is restricted (F21).

    Whether a unit of a column is complained of is asked by its code, and by its kind with the
    region of the office (see `_is_accused`): more may be kept in sight than `is_complained_of`
    finds, and nothing less.
    """
    own = and_(Supervision.unit_code == office, ~_complained(_names(office)))
    stands_in = and_(
        _lies_below(Supervision.unit_code, region),
        ~_complained(_excludes(literal(office + '"'))),
        or_(
            _is_accused(Supervision.unit_code, region),
            ~anybody_releases(Supervision.unit_code),
        ),
    )
    supervised = _there_is(
        Supervision.case_id == Case.id,
        Supervision.released_at.is_(None),
        or_(own, stands_in),
        of=(Supervision,),
    )
    few = select(Case.id).where(
        Case.supervised_at.is_not(None),
        Case.restricted.is_(False),
        _is_accused(Case.department_code, region),
        ~or_(*_of_case(Report.restricted)),
        supervised,
    )
    # Few, and found once: within the lists that ask for it SQLite's parser would lose its way.
    return Case.id.in_(select(few.cte().c.id))


def anybody_releases(office: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Whether an office has somebody who may release a case: no hand in it, and may know of it."""
    another, hexed = aliased(Account), func.replace
    passed_on = _there_is(
        AuditEvent.subject_id == Case.id,
        AuditEvent.action.in_(HANDED_ON),
        cast(AuditEvent.details, String).contains(hexed(cast(another.id, String), "-", "")),
        of=(AuditEvent,),
    )
    had_it = _there_is(
        another.person_id == Account.person_id,
        or_(another.id == Case.handler_id, another.id == Case.opened_by, passed_on),
        of=(another,),
    )
    kept_out = _there_is(
        CaseReport.case_id == Case.id,
        ReportExclusion.report_id == CaseReport.report_id,
        ReportExclusion.person_id == Account.person_id,
        of=(CaseReport, ReportExclusion),
    )
    return _there_is(
        AccountRole.account_id == Account.id,
        AccountRole.role.in_(RELEASING),
        Account.department == office,
        Account.disabled_at.is_(None),
        ~had_it,
        ~kept_out,
        of=(Account, AccountRole),
    )


def _of_case(*said: SQLColumnExpression[bool]) -> Iterator[ColumnElement[bool]]:
    """Whether a report that is or was in the case, or follows one, is like that."""
    for own in (Report.id, Report.merged_into):
        held = CaseReport.case_id == Case.id, own == CaseReport.report_id
        yield _there_is(*held, *said, of=(CaseReport, Report))


def _there_is(*said: SQLColumnExpression[bool], of: tuple[type[Base], ...]) -> ColumnElement[bool]:
    """Whether there is such a row of these tables, whatever else the statement reads of them."""
    return exists().where(*said).correlate_except(*of)


def _complained(*said: SQLColumnExpression[bool]) -> ColumnElement[bool]:
    return or_(*_of_case(Report.conflict, *said))


def _excludes(beginning: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """Whether a report complains of a unit whose code begins like this."""
    return cast(Report.excluded_units, String).like(literal('%"') + beginning + literal("%"))


def _names(office: str) -> ColumnElement[bool]:
    """Whether a report complains of this office, or of what is too near to it: as `is_named`."""
    kind, _, region = office.partition("@")
    same_kind = and_(_excludes(literal(kind + "@")), _is_near(region))
    return or_(_excludes(literal(office + '"')), same_kind)


def _is_near(region: str) -> ColumnElement[bool]:
    """Whether a report is of this region, above it or inside it, or names none."""
    place = current_place()
    above = [place.root, *(one.code for one in place.lineage(region))]
    return or_(Report.region.is_(None), Report.region.in_(above), lies_in(Report.region, region))


def _is_accused(unit: SQLColumnExpression[str], region: str) -> ColumnElement[bool]:
    """Whether a report complains of this unit, or of its kind and may be near enough to mean it.

    The unit itself counts wherever the report is of: a report of several places names a unit far
    from the one it is filed under. Of the rest of its kind, a report far from a region is far from
    every unit in it. Two units in it are not told apart, nor is a unit that lies elsewhere: the
    tree of regions is not in the database.
    """
    maybe_near = or_(~lies_in(_region_of(unit), region), _is_near(region))
    same_kind = and_(_excludes(_kind_of(unit)), maybe_near)
    return _complained(or_(_excludes(unit + '"'), same_kind))


def _lies_below(unit: SQLColumnExpression[str], region: str) -> ColumnElement[bool]:
    """Whether a unit is of a region inside this one, and not of this one itself."""
    own = _region_of(unit)
    return and_(lies_in(own, region), own != region)


def _region_of(unit: SQLColumnExpression[str]) -> SQLColumnExpression[str]:
    """The region in the code of a unit."""
    return func.replace(unit, _kind_of(unit), "")


def _kind_of(unit: SQLColumnExpression[str]) -> SQLColumnExpression[str]:
    """The kind in the code of a unit, with its `@`."""
    return func.rtrim(unit, _OF_REGIONS)
