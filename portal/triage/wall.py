"""The conflict wall: who must not know of a report, and who has it then (F13).

The reporter proves nothing, and those kept out are told nothing. No report is ever kept from
everybody: where nobody of a unit may have it, the next unit with somebody gets it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, true, update
from sqlalchemy.orm import Session

from portal.accounts.models import Account, AccountRole
from portal.audit.trail import advance, record
from portal.infra.uow import UnitOfWork
from portal.intake import queries as reports
from portal.intake.clocks import routed
from portal.intake.lead_models import ExclusionCause, ReportExclusion
from portal.intake.models import Report
from portal.intake.rules import local_date
from portal.intake.states import ReportAction, ReportState
from portal.jurisdiction.place import RECEPTION, Place
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Role
from portal.triage.interests import NEWEST, find_interested
from portal.triage.models import RoutingDecision
from portal.triage.rules.conflict import is_named
from portal.triage.rules.facts import TriageResult, line
from portal.triage.rules.scan import PhraseIndex
from portal.triage.rules.staff import Colleague, folded_name, says_title, titled

RULE = "conflict-wall"
_LEADING = frozenset({Role.DEPARTMENT_HEAD, Role.SUPERVISOR})
_AT_A_DESK = (Role.TRIAGE_CLERK, Role.CASE_OFFICER, Role.DEPARTMENT_HEAD, Role.SUPERVISOR)


def raise_wall(
    uow: UnitOfWork, place: Place, report: Report, result: TriageResult, made: RoutingDecision
) -> None:
    """Keep a report from the staff it concerns; where that leaves nobody, change the decision."""
    today = local_date(place, uow.now)
    if not exclude(uow, report, find_concerned(uow, place, result, today)):
        return
    unit = unit_with_somebody(uow.session, place, report, made.department_code)
    if unit != made.department_code:
        made.department_code = unit
        made.explanation = [*made.explanation, _nobody_there()]


def find_concerned(
    uow: UnitOfWork, place: Place, result: TriageResult, today: date
) -> Mapping[UUID, ExclusionCause]:
    """Whom a report names, or who has declared an interest in what it names."""
    declared, at, *staff = uow.connection.execute(_STAMPS).one()
    interested = find_interested(uow.session, result, today, (declared, at))
    named = _named(uow.session, place, result, tuple(staff))
    return dict.fromkeys(interested, ExclusionCause.DECLARED) | dict.fromkeys(
        named, ExclusionCause.NAMED
    )


def _named(session: Session, place: Place, result: TriageResult, stamp: object) -> frozenset[UUID]:
    whole = _names(session, stamp).every(result.text)
    found = frozenset(account for _, _, accounts in whole for account in accounts)
    if not says_title(result.text):
        return found
    units = {result.unit, *result.excluded_units, *(lead.unit for lead in result.split)}
    units |= set(_above(place, RECEPTION, result.region))
    units |= set(_above(place, place.supervision, result.region))
    staff = session.scalars(select(Account).where(Account.department.in_(units)))
    colleagues = [Colleague(one.id, one.display_name, bool(one.roles & _LEADING)) for one in staff]
    return found | titled(result.text, colleagues)


_STAFF = select(func.count(Account.id), func.max(Account.created_at)).subquery()
# Asked for every report: one statement says whether something was declared or somebody came.
_STAMPS = select(*NEWEST.c, *_STAFF.c).join_from(NEWEST, _STAFF, true())
_kept: list[tuple[object, PhraseIndex[UUID]]] = []


def _names(session: Session, stamp: object) -> PhraseIndex[UUID]:
    """The names of all staff, kept in the process until there is an account more.

    Names of accounts never change. Those for trying the product out are called after their jobs.
    """
    if not _kept or _kept[0][0] != stamp:
        people = select(Account.id, Account.display_name).where(Account.is_demo.is_(False))
        names = ((folded_name(row.display_name), row.id) for row in session.execute(people))
        _kept[:] = [(stamp, PhraseIndex(names))]
    return _kept[0][1]


def exclude(uow: UnitOfWork, report: Report, people: Mapping[UUID, ExclusionCause]) -> bool:
    """Keep the report from the persons of these accounts; return whether anybody is new.

    Whoever is kept out already stays so, from now on for the report's own sake.
    """
    if not people:
        return False
    meant = select(Account.id, Account.person_id).where(Account.id.in_(list(people)))
    causes = {row.person_id: people[row.id] for row in uow.session.execute(meant)}
    return _keep_out(uow, report, causes)


def _keep_out(
    uow: UnitOfWork,
    report: Report,
    causes: Mapping[UUID, ExclusionCause],
    shared_by: UUID | None = None,
) -> bool:
    """Keep the report from these persons; for its own sake unless it is `shared_by` another."""
    already = set(uow.session.scalars(reports.excluded_from(report)))
    if shared_by is None and already & causes.keys():
        _make_own(uow, report, already & causes.keys())
    new = {person: cause for person, cause in causes.items() if person not in already}
    if not new:
        return False
    uow.insert(
        *(
            ReportExclusion(
                person_id=person,
                report_id=report.id,
                cause=cause,
                made_at=uow.now,
                shared_by=shared_by,
            )
            for person, cause in new.items()
        )
    )
    for person, account in _accounts(uow.session, new):
        details = {"account": account.hex, "cause": new[person]}
        record(uow, "report.exclude", "report", report.id, **details)
    return True


def _accounts(session: Session, persons: Collection[UUID]) -> Sequence[tuple[UUID, UUID]]:
    """Each of these persons with each account they have now, in which the trail names them."""
    theirs = select(Account.person_id, Account.id).where(Account.person_id.in_(list(persons)))
    in_order = session.execute(theirs.order_by(Account.created_at, Account.id))
    return [(row.person_id, row.id) for row in in_order]


def _make_own(uow: UnitOfWork, report: Report, persons: Collection[UUID]) -> None:
    shared = update(ReportExclusion).where(
        ReportExclusion.report_id == report.id,
        ReportExclusion.person_id.in_(persons),
        ReportExclusion.shared_by.is_not(None),
    )
    uow.session.execute(shared.values(shared_by=None))


def share_exclusions(uow: UnitOfWork, together: Sequence[Report]) -> None:
    """Keep reports that are worked on as one from whoever must not know of one of them."""
    own = _kept_out(uow, [one.id for one in together], ReportExclusion.shared_by.is_(None))
    for one in together:
        for kept in own:
            if kept.report_id != one.id:
                _keep_out(uow, one, {kept.person_id: kept.cause}, kept.report_id)
        _take_back(uow, one)


def share_with(uow: UnitOfWork, leading: Report, joined: Sequence[Report]) -> bool:
    """Keep what joins a group from whoever must not know of it, and the other way round.

    The leading one is kept from all who must not know of any: unless somebody new is brought
    along, the others stay as they are, however many. Returns False, with nothing done, where the
    whole group must be looked at.
    """
    kept_out = _kept_out(uow, [leading.id, *(one.id for one in joined)])
    known = {kept.person_id for kept in kept_out if kept.report_id == leading.id}
    if any(kept.person_id not in known for kept in kept_out):
        return False
    for one in joined:
        for kept in kept_out:
            if kept.report_id == leading.id:
                origin = kept.shared_by or leading.id
                _keep_out(uow, one, {kept.person_id: kept.cause}, origin)
        _take_back(uow, one)
    return True


def _take_back(uow: UnitOfWork, report: Report) -> None:
    """Nobody has a report they must not know of."""
    handler = report.handler_id
    if handler is not None and reports.is_excluded(uow.session, report, handler):
        report.handler_id = None


def part_exclusions(uow: UnitOfWork, parted: Sequence[Report]) -> Collection[UUID]:
    """Keep reports that leave a group, and those they leave, from nobody for the others' sake.

    Returns the reports of the rest that somebody was let into: a third one may keep them out.
    """
    ids = [one.id for one in parted]
    inside = ReportExclusion.report_id.in_(ids)
    by_others = and_(inside, ReportExclusion.shared_by.not_in(ids))
    by_these = and_(~inside, ReportExclusion.shared_by.in_(ids))
    foreign = and_(ReportExclusion.shared_by.is_not(None), or_(by_others, by_these))
    gone = uow.session.execute(
        select(ReportExclusion.report_id, ReportExclusion.person_id)
        .where(foreign)
        .order_by(ReportExclusion.report_id, ReportExclusion.person_id)
    ).all()
    if gone:
        uow.session.execute(delete(ReportExclusion).where(foreign))
    for row in gone:
        for _person, account in _accounts(uow.session, [row.person_id]):
            record(uow, "report.admit", "report", row.report_id, account=account.hex)
    return {row.report_id for row in gone if row.report_id not in ids}


def _kept_out(
    uow: UnitOfWork, ids: Sequence[UUID], *narrowed: ColumnElement[bool]
) -> Sequence[ReportExclusion]:
    """Who must not know of these reports, the first to be kept out first."""
    wanted = select(ReportExclusion).where(ReportExclusion.report_id.in_(ids), *narrowed)
    order = ReportExclusion.made_at, ReportExclusion.report_id, ReportExclusion.person_id
    return uow.session.scalars(wanted.order_by(*order)).all()


# --- Who has it then ----------------------------------------------------------------------------


def unit_with_somebody(session: Session, place: Place, report: Report, unit: str) -> str:
    """The unit itself, or the next one where somebody may have the report.

    A unit where nobody works yet is taken at its word.
    """
    return unit if may_have_it(session, report, unit) else _next_unit(session, place, report)


def _next_unit(session: Session, place: Place, report: Report) -> str:
    """The nearest supervising unit with somebody, else the coordinator's, else reception.

    Where none of them has anybody, any unit that the report does not name; failing that too, the
    supervising unit, for whoever comes to work there.
    """
    kinds = (place.supervision, place.coordinator, RECEPTION)
    chain = [code for kind in kinds for code in _above(place, kind, report.region)]
    people = _people(session, report)
    able = [code for code, free in people.items() if free and not _is_named(place, report, code)]
    found = [code for code in chain if code in able] or sorted(able)
    return next(iter([*found, *chain]))


def may_have_it(
    session: Session,
    report: Report,
    unit: str,
    beside: Sequence[Report] = (),
    roles: Iterable[Role] = _AT_A_DESK,
) -> bool:
    """Whether somebody of the unit may know of the report, or nobody works there yet.

    With others `beside` it: whether somebody may know of all of them. `roles` are those that count.
    """
    return _people(session, report, [unit], roles, beside).get(unit, 1) > 0


def _people(
    session: Session,
    report: Report,
    units: Iterable[str] | None = None,
    roles: Iterable[Role] = _AT_A_DESK,
    beside: Sequence[Report] = (),
) -> Mapping[str, int]:
    """How many of each unit's staff may know of the report; units without staff are left out."""
    ids = [report.id, *(one.id for one in beside)]
    here = ReportExclusion.report_id.in_(ids)
    kept_out = and_(ReportExclusion.person_id == Account.person_id, here)
    free = case((ReportExclusion.person_id.is_(None), Account.id))
    wanted = (
        select(Account.department, func.count(free.distinct()))
        .join(AccountRole, AccountRole.account_id == Account.id)
        .outerjoin(ReportExclusion, kept_out)
        .where(
            Account.department.is_not(None),
            Account.disabled_at.is_(None),
            AccountRole.role.in_(tuple(roles)),
        )
        .group_by(Account.department)
    )
    if units is not None:
        wanted = wanted.where(Account.department.in_(list(units)))
    return {unit: free for unit, free in session.execute(wanted).all() if unit is not None}


def _above(place: Place, kind: str, region: str | None) -> list[str]:
    """The units of a kind for a region and above it, the nearest first."""
    codes: list[str] = []
    at: str | None = region or place.root
    while at is not None:
        unit = place.department_for(kind, at)
        if unit is None:
            break
        codes.append(unit.code)
        at = place.regions[unit.region].parent
    return codes


def _is_named(place: Place, report: Report, code: str) -> bool:
    unit = place.departments.get(code)
    return unit is None or is_named(place, report.excluded_units, report.region, unit)


def pass_up_unless_seen(uow: UnitOfWork, report: Report) -> None:
    """Move a report to the next unit with somebody, when nobody where it is may know of it.

    Once somebody has stepped aside, an empty unit is not enough: those above may do so too.
    """
    uow.session.flush()
    place = current_place()
    here = report.department_code
    desks, roles = ([here], _AT_A_DESK) if here else _sorting_desks(place, report)
    if any(_people(uow.session, report, desks, roles).values()):
        return
    unit = _next_unit(uow.session, place, report)
    made = RoutingDecision(
        report_id=report.id,
        version=report.routing_version + 1,
        decided_at=uow.now,
        pack_version=place.version,
        department_code=unit,
        support=[],
        rule_id=RULE,
        explanation=[_nobody_there()],
    )
    details = put_at_its_desk(uow, report, made)
    if report.state is ReportState.RECEIVED:
        advance(uow, report, ReportAction.ROUTE, rule=RULE, **details)
        routed(uow, place, report)
    else:
        record(uow, "report.pass-up", "report", report.id, **details)


def put_at_its_desk(
    uow: UnitOfWork, report: Report, made: RoutingDecision
) -> Mapping[str, str | int | None]:
    """Write a decision and lay the report where it says; return what the trail says of it."""
    uow.insert(made)
    before, report.department_code = report.department_code, made.department_code
    report.routing_version, report.handler_id = made.version, None
    report.changed_at = uow.now
    return {
        "department": made.department_code,
        "department_before": before,
        "version": made.version,
    }


def _sorting_desks(place: Place, report: Report) -> tuple[list[str], tuple[Role, ...]]:
    """Who sees a report that has no unit, as `in_scope` says: their units, and in which role."""
    if report.conflict:
        return _above(place, place.supervision, report.region), (Role.SUPERVISOR,)
    return _above(place, RECEPTION, report.region), (Role.TRIAGE_CLERK,)


def _nobody_there() -> dict[str, str]:
    told = line("conflict.everybody")
    return {"code": told.code, "zh": told.sentence.zh, "en": told.sentence.en}
