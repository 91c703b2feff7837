"""Who sees which report: nobody too many, and never nobody at all."""

from datetime import UTC, datetime
from itertools import product

import pytest
from sqlalchemy import select, update

from portal.casework.service.acceptance import ReturnReport, return_report
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.intake import queries as reports
from portal.intake.models import Report
from portal.intake.states import ReportAction, ReportState
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import NotFound, RuleBroken
from portal.triage.service import triage_report
from tests.factories.casework import make_clerk, make_officer, make_supervisor
from tests.factories.intake import make_report, submit

S = ReportState
COUNTRY = "000000"
DEPARTMENTS = (
    None,
    "CULTURE_ENF@320412",
    "POLICE@110000",
    f"TRIAGE@{COUNTRY}",
    f"SUPERVISION@{COUNTRY}",
)
BLIND = (Role.ADMINISTRATOR, Role.FINANCE, Role.AUDITOR, Role.CUSTODIAN_R, Role.CUSTODIAN_A)

pytestmark = pytest.mark.usefixtures("app")


def staff(role: Role, department: str, region: str | None = None) -> Actor:
    region = region or department.partition("@")[2]
    return Actor(ActorKind.STAFF, roles=frozenset({role}), department=department, region=region)


def sees(actor: Actor, report: Report) -> bool:
    wanted = select(Report.id).where(Report.id == report.id, reports.in_scope(actor))
    return db.session.scalar(wanted) is not None


def possible(state: ReportState, department: str | None) -> bool:
    """Whether the database lets a report in this state be with this unit."""
    if state is S.RECEIVED:
        return department is None
    return department is not None or state is S.CLOSED


def shaped(report: Report, **columns: object) -> Report:
    reasons = {"decline_reason": "decline.no-breach", "close_reason": "close.measures-taken"}
    db.session.execute(update(Report).where(Report.id == report.id).values(**reasons | columns))
    return report


CLERK = staff(Role.TRIAGE_CLERK, f"TRIAGE@{COUNTRY}")
SUPERVISOR = staff(Role.SUPERVISOR, f"SUPERVISION@{COUNTRY}")


@pytest.mark.requirement("F21")
@pytest.mark.requirement("F13")
@pytest.mark.parametrize("state", S)
def test_every_report_is_seen_by_somebody_and_never_by_those_who_read_none(state):
    report = make_report()
    cases = product((True, False), (True, False), DEPARTMENTS, (None, "320412"))
    for restricted, conflict, department, region in cases:
        if not possible(state, department):
            continue
        case = {"restricted": restricted, "conflict": conflict, "department_code": department}
        shaped(report, state=state, region=region, **case)
        team = staff(Role.CASE_OFFICER, department or "EDU@320412")
        desks = [department or COUNTRY, *(code for code in DEPARTMENTS if code)]

        readers = [one for one in (CLERK, SUPERVISOR, team) if sees(one, report)]

        assert readers, case
        assert not any(sees(staff(role, desk), report) for role in BLIND for desk in desks)
        if restricted or conflict:
            others = [one for one in readers if one.department != department]
            outside = department == "POLICE@110000" and not conflict
            to_convey = outside and state in {S.ROUTED, S.CONTESTED}
            assert len(others) == (1 if department is None or to_convey else 0), case


@pytest.mark.requirement("F21")
def test_a_restricted_report_that_was_sent_back_is_seen_by_reception_and_no_other():
    report = make_report(state=S.ROUTED, columns={"restricted": True, "region": "320412"})

    return_report(ReturnReport(report.reference, "不是我们的事。"), actor=make_officer())

    assert sees(make_clerk(), report)
    assert not sees(make_officer(), report)
    assert not sees(make_supervisor(), report)


@pytest.mark.requirement("F21")
@pytest.mark.requirement("B27")
def test_a_restricted_matter_of_the_police_is_seen_by_the_reception_that_conveys_it():
    columns = {"restricted": True, "region": "320412", "department_code": "POLICE@320412"}
    report = make_report(state=S.ROUTED, columns=columns)

    assert sees(make_clerk("TRIAGE@320400"), report)
    assert not sees(make_clerk("TRIAGE@110000"), report)
    assert not sees(make_officer(), report)
    assert not sees(make_supervisor(), report)


@pytest.mark.requirement("F13")
def test_a_report_about_an_office_is_not_sent_back_to_reception():
    report = make_report(state=S.ROUTED, columns={"conflict": True})
    assert ReportAction.RETURN not in report.open_actions

    with pytest.raises(RuleBroken, match="cannot-be-returned"):
        return_report(ReturnReport(report.reference, "不是我们的事。"), actor=make_officer())

    assert report.state is S.ROUTED


@pytest.mark.requirement("F21")
@pytest.mark.parametrize("state", [TaskState.PENDING, TaskState.DEAD, TaskState.CANCELLED])
def test_a_link_only_report_is_seen_by_reception_whatever_became_of_its_triage(state):
    sent = submit(category="child_abuse.material")
    done_at = None if state is TaskState.PENDING else datetime.now(UTC)
    triage = (Task.subject_id == sent.report_id) & (Task.kind == TaskKind.TRIAGE_REPORT)
    db.session.execute(update(Task).where(triage).values(state=state, done_at=done_at))
    report = db.session.get_one(Report, sent.report_id)

    assert report.restricted
    assert sees(make_clerk(), report)
    assert not sees(make_supervisor(), report)


@pytest.mark.parametrize("state", S)
def test_a_clerk_sees_ordinary_reports_while_their_desk_is_in_question(state):
    report = make_report(state=state, columns={"region": "320412"})

    seen = sees(make_clerk("TRIAGE@320400"), report)

    assert seen == (state in {S.RECEIVED, S.ROUTED, S.CONTESTED})


@pytest.mark.parametrize(
    ("region", "clerk", "seen"),
    [
        ("320412", "TRIAGE@320400", True),
        ("320412", "TRIAGE@320000", True),
        ("320412", "TRIAGE@000000", True),
        ("320412", "TRIAGE@330000", False),
        (None, "TRIAGE@330000", True),
        ("320412", "CULTURE_ENF@320400", False),
        (None, "CULTURE_ENF@320400", False),
    ],
)
def test_a_clerk_at_reception_sees_what_came_from_the_region_or_from_nowhere(region, clerk, seen):
    report = make_report(columns={"region": region})

    assert sees(staff(Role.TRIAGE_CLERK, clerk), report) == seen


def test_a_clerk_keeps_in_sight_what_reception_closed_itself():
    report = make_report()
    shaped(report, state=S.CLOSED, department_code="TRIAGE@320400", region="320412")

    assert sees(staff(Role.TRIAGE_CLERK, "TRIAGE@320400"), report)
    assert not sees(staff(Role.TRIAGE_CLERK, "TRIAGE@320000"), report)


@pytest.mark.parametrize(("region", "seen"), [("320000", True), ("330000", False)])
def test_a_supervisor_sees_reports_without_a_place_that_are_with_a_unit_of_the_region(region, seen):
    report = make_report(state=S.ACCEPTED)

    assert report.region is None
    assert sees(make_supervisor(region), report) == seen


def test_what_is_out_of_scope_is_not_found_by_its_reference():
    report = make_report(state=S.ACCEPTED)

    with pytest.raises(NotFound):
        reports.get_report(db.session(), report.reference, make_clerk())


@pytest.mark.requirement("F13")
def test_a_complaint_about_staff_is_closed_to_all_but_supervision_from_the_first_moment():
    sent = submit(category="complaint.staff")
    report = db.session.get_one(Report, sent.report_id)

    assert sees(SUPERVISOR, report)
    assert not sees(CLERK, report)
    assert not sees(make_officer(), report)


@pytest.mark.requirement("F13")
def test_a_complaint_about_staff_stays_closed_whatever_triage_takes_it_for():
    sent = submit(
        category="complaint.staff", narrative="优惠大酬宾，加微信领取，点击链接，免费领取。"
    )

    triage_report(sent.report_id, actor=Actor.system("test"))

    assert db.session.get_one(Report, sent.report_id).conflict


@pytest.mark.requirement("F13")
def test_a_report_about_an_office_is_with_supervision_as_soon_as_triage_has_seen_it():
    sent = submit(narrative="武进区文化执法大队收了网吧老板的红包，检查前通风报信。", category=None)

    triage_report(sent.report_id, actor=Actor.system("test"))

    report = db.session.get_one(Report, sent.report_id)
    assert report.conflict
    assert sees(staff(Role.CASE_OFFICER, report.department_code or ""), report)
    assert not sees(CLERK, report)
    assert not sees(staff(Role.DEPARTMENT_HEAD, "CULTURE_ENF@320412"), report)
