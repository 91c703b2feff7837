"""Offices above: supervision until release, flash reports of major cases, instructions."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Account
from portal.audit.models import AuditEvent
from portal.cases.models import Case
from portal.cases.offers import offers_of
from portal.cases.oversight_models import CaseDirective, FlashReport, Supervision
from portal.cases.queries.access import get_case
from portal.cases.queries.oversight import list_awaited, list_supervised
from portal.cases.queries.page import get_page
from portal.cases.queries.release import ReleasedBy
from portal.cases.queries.standing import list_standing
from portal.cases.queries.whole import get_whole
from portal.cases.service.filling import AssignCase, GradeCase, assign_case, grade_case
from portal.cases.service.flash import (
    ReceiveFlash,
    SendFlash,
    open_flash,
    receive_flash,
    send_flash,
)
from portal.cases.service.moving import MoveCase, move_case
from portal.cases.service.opening import AddReport, AddReports, add_report, add_reports
from portal.cases.service.supervision import (
    MeetMilestone,
    ReadProgress,
    RecordDirective,
    Release,
    ReportProgress,
    SetMilestone,
    Supervise,
    meet_milestone,
    read_progress,
    record_directive,
    release,
    report_progress,
    set_milestone,
    supervise,
)
from portal.cases.states import CaseAction, CaseState, Severity, SeverityFactor
from portal.casework.queries.board import viewpoint
from portal.casework.service.verification import AnswerReport, answer_report
from portal.infra.database import db
from portal.intake.models import Report
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from portal.web.pagination import requested_window
from tests.factories.cases import TITLE, make_case, make_move, today
from tests.factories.casework import (
    keep_out,
    make_actor,
    make_head,
    make_officer,
    make_supervisor,
)
from tests.factories.intake import make_report

A, S = CaseAction, ReportState
ABOVE = "SUPERVISION@320000"
OWN = "CULTURE_ENF@320412"
ELSEWHERE = "CULTURE_ENF@320402"
CANARY = "金丝雀专用词"

pytestmark = pytest.mark.usefixtures("app")


def case_of(number: str) -> Case:
    return get_case(db.session(), number, Actor.operator())


def seen(number: str, actor: Actor):
    return get_whole(db.session(), number, actor).oversight


def board(actor: Actor):
    return list_supervised(db.session(), viewpoint(actor), Window()).items


# --- Supervision ---------------------------------------------------------------------------------


@pytest.mark.requirement("F8")
def test_whoever_has_a_case_does_not_release_it_by_another_account_and_is_not_offered_to():
    officer, above = make_officer(), make_supervisor()
    number = make_case(officer=officer)
    supervise(Supervise(number, "重大案件"), actor=above)
    person = db.session.get_one(Account, officer.id).person_id
    db.session.execute(update(Account).where(Account.id == above.id).values(person_id=person))
    db.session.commit()
    whole = get_whole(db.session(), number, above)

    offered = offers_of(whole.case, whole.course, whole.oversight, above).acts
    assert ("set_milestone" in offered, "release" in offered) == (True, False)
    with pytest.raises(RuleBroken, match="handler-does-not-release"):
        release(Release(number, "已查清"), actor=above)

    another = make_supervisor()
    whole = get_whole(db.session(), number, another)
    assert "release" in offers_of(whole.case, whole.course, whole.oversight, another).acts
    release(Release(number, "已查清"), actor=another)


@pytest.mark.requirement("C10")
@pytest.mark.requirement("F8")
def test_a_case_that_nobody_of_the_supervising_office_may_release_is_released_by_one_above_that():
    officer, above = make_officer(), make_supervisor("320400")
    number = make_case(officer=officer)
    supervise(Supervise(number, "重大案件"), actor=above)
    higher, elsewhere = make_supervisor("320000"), make_supervisor("320412")
    for somebody in (higher, elsewhere):
        with pytest.raises(NotPermitted):
            release(Release(number, "代为解除"), actor=somebody)
        assert "release" not in acts_of(number, somebody)

    person = db.session.get_one(Account, officer.id).person_id
    db.session.execute(update(Account).where(Account.id == above.id).values(person_id=person))
    db.session.commit()

    assert get_page(db.session(), number, higher).released_by is ReleasedBy.ABOVE
    offered = {one: "release" in acts_of(number, one) for one in (above, higher, elsewhere)}
    assert offered == {above: False, higher: True, elsewhere: False}
    with pytest.raises(NotPermitted):
        release(Release(number, "下级代为解除"), actor=elsewhere)
    release(Release(number, "由上级解除"), actor=higher)
    assert case_of(number).supervised_at is None


@pytest.mark.requirement("C10")
@pytest.mark.requirement("F13")
@pytest.mark.requirement("F21")
@pytest.mark.parametrize("closed", ["restricted", "conflict"])
def test_a_supervised_case_that_no_office_above_may_know_of_any_more_is_released_by_its_head(
    closed,
):
    officer, head, above = make_officer(), make_head(), make_supervisor()
    report = make_report(state=S.VERIFIED, officer=officer)
    number = make_case(report, officer=officer)
    answer_report(AnswerReport(report.reference, "未见违法。"), actor=officer)
    supervise(Supervise(number, "上级交办"), actor=above)
    assert "release" not in acts_of(number, head)
    with pytest.raises(NotPermitted):
        release(Release(number, "自己解除"), actor=head)

    db.session.execute(update(Report).where(Report.id == report.id).values({closed: True}))
    db.session.commit()

    with pytest.raises(NotFound):
        release(Release(number, "已查清"), actor=above)
    with pytest.raises(NotPermitted, match="head-only"):
        release(Release(number, "已查清"), actor=officer)
    assert ("release" in acts_of(number, officer), "release" in acts_of(number, head)) == (
        False,
        True,
    )
    assert get_page(db.session(), number, head).released_by is ReleasedBy.HEAD
    release(Release(number, "转为内部调查"), actor=head)
    make_move(number, A.DROP, head)
    assert case_of(number).state is CaseState.CLOSED


def accuse(report: Report, *units: str) -> None:
    """As if it had been found out that a report complains of these units."""
    report.conflict, report.excluded_units = True, list(units)
    db.session.commit()


@pytest.mark.requirement("F13")
@pytest.mark.requirement("F8")
@pytest.mark.requirement("C10")
def test_the_head_of_a_unit_that_is_complained_of_does_not_release_it_but_whoever_supervises():
    officer, head, above = make_officer(), make_head(), make_supervisor("320400")
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    supervise(Supervise(number, "上级交办"), actor=above)

    accuse(report, OWN)

    assert "release" not in acts_of(number, head)
    with pytest.raises(NotPermitted, match="superior-only"):
        release(Release(number, "自己解除"), actor=head)
    assert [one.number for one in board(above)] == [number], "it stays in their sight"
    assert "release" in acts_of(number, above)
    release(Release(number, "已查清"), actor=above)
    with pytest.raises(NotFound):
        get_page(db.session(), number, above)


@pytest.mark.requirement("F13")
@pytest.mark.requirement("F21")
@pytest.mark.requirement("C10")
def test_an_office_that_is_complained_of_as_well_leaves_the_release_to_one_above_it():
    officer, head = make_officer(), make_head()
    city, province = make_supervisor("320400"), make_supervisor("320000")
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    supervise(Supervise(number, "市里交办"), actor=city)

    accuse(report, OWN, city.department)

    with pytest.raises(NotFound):
        release(Release(number, "已查清"), actor=city)
    with pytest.raises(NotPermitted, match="superior-only"):
        release(Release(number, "自己解除"), actor=head)
    assert get_page(db.session(), number, province).released_by is ReleasedBy.ABOVE
    report.restricted = True
    db.session.commit()
    with pytest.raises(NotFound):
        release(Release(number, "由上级解除"), actor=province)
    assert get_page(db.session(), number, head).released_by is ReleasedBy.HEAD
    report.restricted = False
    db.session.commit()
    release(Release(number, "由上级解除"), actor=province)


@pytest.mark.requirement("F13")
@pytest.mark.requirement("C10")
def test_no_office_but_the_supervising_one_sees_a_case_whose_unit_is_complained_of():
    officer, city, province = make_officer(), make_supervisor("320400"), make_supervisor("320000")
    beside = [
        make_actor(Role.SUPERVISOR, department=f"{kind}@{region}", region=region)
        for kind, region in (
            ("CULTURE_ENF", "320400"),
            ("EDU", "320400"),
            ("EDU", "320412"),
            ("SUPERVISION", "320412"),
        )
    ]
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    supervise(Supervise(number, "市里交办"), actor=city)

    accuse(report, OWN)

    assert get_page(db.session(), number, city).released_by is ReleasedBy.OFFICE
    for somebody in (*beside, province):
        with pytest.raises(NotFound):
            get_page(db.session(), number, somebody)
        assert board(somebody) == ()
        with pytest.raises(NotFound):
            release(Release(number, "代为解除"), actor=somebody)
    keep_out(city.id, report.id)
    for somebody in (*beside, city):
        with pytest.raises(NotFound):
            get_page(db.session(), number, somebody)
    release(Release(number, "由上级解除"), actor=province)


@pytest.mark.requirement("F13")
@pytest.mark.requirement("C10")
@pytest.mark.parametrize(
    ("region", "seen"), [("320412", True), ("320000", True), ("330110", False), ("320500", False)]
)
def test_a_report_that_complains_of_a_far_unit_of_the_same_kind_keeps_no_case_in_sight(
    region, seen
):
    officer, city = make_officer(), make_supervisor("320400")
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    supervise(Supervise(number, "市里交办"), actor=city)

    report.region = region
    accuse(report, f"CULTURE_ENF@{region}")

    assert bool(board(city)) is seen
    by = get_page(db.session(), number, make_head()).released_by
    assert by is (ReleasedBy.OFFICE if seen else ReleasedBy.HEAD)


@pytest.mark.requirement("F13")
@pytest.mark.requirement("F8")
@pytest.mark.requirement("C10")
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("region", ["320508", "330106", "320412"])
def test_a_unit_complained_of_by_its_code_leaves_the_release_to_those_above_wherever_the_report_is(
    region, both
):
    officer, head = make_officer(), make_head()
    city, province = make_supervisor("320400"), make_supervisor("320000")
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    supervise(Supervise(number, "市里交办"), actor=city)

    report.region = region
    accuse(report, f"CULTURE_ENF@{region}", OWN, *[city.department] * both)

    with pytest.raises(NotPermitted, match="superior-only"):
        release(Release(number, "自己解除"), actor=head)
    assert (bool(board(city)), "release" in acts_of(number, head)) == (not both, False)
    release(Release(number, "已查清"), actor=province if both else city)


@pytest.mark.requirement("F13")
@pytest.mark.requirement("C10")
def test_a_unit_above_the_office_that_supervises_it_is_complained_of_in_what_is_inside_its_region():
    officer, county = make_officer("CULTURE_ENF@320400"), make_supervisor("320412")
    report = make_report(state=S.ACCEPTED, officer=officer, department="CULTURE_ENF@320400")
    report.region = "320412"
    db.session.commit()
    number = make_case(report, officer=officer)
    supervise(Supervise(number, "请注意进度"), actor=county)

    report.region = "320481"
    accuse(report, "CULTURE_ENF@320481")

    assert [one.number for one in board(county)] == [number]


@pytest.mark.requirement("F13")
@pytest.mark.requirement("F8")
@pytest.mark.parametrize("had_it", [True, False])
def test_an_office_above_sees_such_a_case_once_everybody_of_the_supervising_one_had_a_part(had_it):
    officer, city, province = make_officer(), make_supervisor("320400"), make_supervisor("320000")
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    supervise(Supervise(number, "市里交办"), actor=city)
    if had_it:
        person = db.session.get_one(Account, officer.id).person_id
        db.session.execute(update(Account).where(Account.id == city.id).values(person_id=person))
    before = make_officer()
    assign_case(AssignCase(number, before.id), actor=make_head())

    accuse(report, OWN)

    assert [
        one.number
        for one in list_supervised(db.session(), viewpoint(province), Window(), others=True).items
    ] == [number] * had_it
    if had_it:
        release(Release(number, "由上级解除"), actor=province)


@pytest.mark.requirement("F13")
@pytest.mark.requirement("F8")
def test_a_unit_complained_of_in_a_report_without_a_region_does_not_release_its_own_case():
    officer, head, city = make_officer(), make_head(), make_supervisor("320400")
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    supervise(Supervise(number, "市里交办"), actor=city)

    report.region = None
    accuse(report, "CULTURE_ENF@000000")

    with pytest.raises(NotPermitted, match="superior-only"):
        release(Release(number, "自己解除"), actor=head)
    assert "release" in acts_of(number, city)
    accuse(report, "CULTURE_ENF@000000", "SUPERVISION@000000")
    with pytest.raises(NotFound):
        get_page(db.session(), number, city)


@pytest.mark.requirement("F13")
@pytest.mark.requirement("F21")
@pytest.mark.requirement("C10")
@pytest.mark.parametrize("why", ["restricted", "topmost", "kept-out"])
def test_a_case_nobody_above_may_know_of_is_released_by_a_head_without_a_hand_and_the_trail_says_so(
    why,
):
    officer, head = make_officer(), make_head()
    city, province = make_supervisor("320400"), make_supervisor("320000")
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    supervise(Supervise(number, "市里交办"), actor=city)
    offices = [city.department, province.department] if why == "topmost" else []
    accuse(report, OWN, *offices)
    if why == "restricted":
        report.restricted = True
        db.session.commit()
    if why == "kept-out":
        keep_out(city.id, report.id)
        keep_out(province.id, report.id)

    for somebody in (city, province):
        with pytest.raises(NotFound):
            release(Release(number, "已查清"), actor=somebody)
    assert get_page(db.session(), number, head).released_by is ReleasedBy.HEAD
    release(Release(number, "上级均不能知悉"), actor=head)
    wanted = select(AuditEvent.details).where(AuditEvent.action == "case.release")
    assert db.session.scalars(wanted).one()["by"] == "head"


@pytest.mark.requirement("F8")
@pytest.mark.requirement("C10")
def test_no_supervisor_of_another_office_releases_what_everybody_above_is_kept_from():
    officer, beside = make_officer(), make_supervisor("320412")
    city, province = make_supervisor("320400"), make_supervisor("320000")
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    supervise(Supervise(number, "市里交办"), actor=city)
    keep_out(city.id, report.id)
    keep_out(province.id, report.id)

    with pytest.raises(NotPermitted):
        release(Release(number, "代为解除"), actor=beside)
    assert "release" not in acts_of(number, beside)


@pytest.mark.requirement("F13")
@pytest.mark.requirement("C10")
def test_an_office_above_of_which_everybody_had_a_hand_leaves_the_release_to_the_head():
    officer, head, above = make_officer(), make_head(), make_supervisor()
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    supervise(Supervise(number, "省里交办"), actor=above)
    accuse(report, OWN)
    person = db.session.get_one(Account, officer.id).person_id
    db.session.execute(update(Account).where(Account.id == above.id).values(person_id=person))
    db.session.commit()

    assert get_page(db.session(), number, head).released_by is ReleasedBy.HEAD
    release(Release(number, "上级均经办过"), actor=head)


@pytest.mark.requirement("F8")
def test_a_head_who_had_the_case_does_not_release_it_where_no_office_above_can():
    head, above = make_head(), make_supervisor()
    report = make_report(state=S.ACCEPTED, officer=head)
    number = make_case(report, officer=head)
    supervise(Supervise(number, "上级交办"), actor=above)
    db.session.execute(update(Report).where(Report.id == report.id).values(conflict=True))
    db.session.commit()

    assert "release" not in acts_of(number, head)
    with pytest.raises(RuleBroken, match="handler-does-not-release"):
        release(Release(number, "自己解除"), actor=head)
    release(Release(number, "已查清"), actor=make_head())


@pytest.mark.requirement("C10")
@pytest.mark.requirement("F8")
def test_an_office_that_has_come_to_have_the_case_it_supervises_releases_it_by_its_head():
    officer, above = make_officer(), make_supervisor()
    number = make_case(officer=officer)
    supervise(Supervise(number, "上级交办"), actor=above)
    case_of(number).department_code = ABOVE
    db.session.commit()

    assert "release" in acts_of(number, above)
    release(Release(number, "已由本单位办理"), actor=above)
    assert case_of(number).supervised_at is None


@pytest.mark.requirement("A8")
@pytest.mark.requirement("C10")
def test_an_office_above_finds_what_other_offices_supervise_of_what_it_oversees():
    officer = make_officer()
    city, province, elsewhere = (make_supervisor(one) for one in ("320400", "320000", "330000"))
    number, own = make_case(officer=officer), make_case(officer=officer)
    supervise(Supervise(number, "市里交办"), actor=city)
    supervise(Supervise(own, "省里交办"), actor=province)

    def others(actor: Actor) -> list[str]:
        found = list_supervised(db.session(), viewpoint(actor), Window(), others=True).items
        return [one.number for one in found]

    assert [one.number for one in board(province)] == [own]
    assert others(province) == [number]
    assert others(city) == [own]
    assert others(elsewhere) == []


@pytest.mark.requirement("C10")
def test_the_next_page_of_what_other_offices_supervise_is_theirs_too(desk, monkeypatch):
    pages, province = desk(Role.SUPERVISOR, department=ABOVE, region="320000")
    city = make_supervisor("320400")
    theirs, own = [make_case(), make_case()], [make_case(), make_case()]
    for above, cases in ((city, theirs), (province, own)):
        for number in cases:
            supervise(Supervise(number, "交办"), actor=above)
    one_each = partial(requested_window, limit=1)
    monkeypatch.setattr("portal.cases.views.oversight.requested_window", one_each)

    for address, expected in (("?list=others", theirs), ("", own)):
        first = pages.get(f"/desk/cases/supervised{address}")
        second = pages.get(first.one("a[rel=next]")["href"])
        back = pages.get(second.one("a[rel=prev]")["href"])
        said = first.text("main") + second.text("main")
        assert {one for one in (*theirs, *own) if one in said} == set(expected)
        assert back.text("table") == first.text("table")


@pytest.mark.requirement("C10")
@pytest.mark.parametrize("closed", ["restricted", "conflict"])
def test_a_unit_puts_nothing_into_a_supervised_case_that_would_hide_it_from_those_above(closed):
    officer, above = make_officer(), make_supervisor()
    number = make_case(officer=officer)
    supervise(Supervise(number, "上级交办"), actor=above)
    few = make_report(state=S.ACCEPTED, officer=officer, columns={closed: True})

    with pytest.raises(RuleBroken, match="stays-in-sight"):
        add_report(AddReport(number, few.reference), actor=officer)
    with pytest.raises(RuleBroken, match="stays-in-sight"):
        add_reports(AddReports(number, [few.reference]), actor=officer)

    assert [one.number for one in board(above)] == [number]
    assert make_case(few, officer=officer) != number
    release(Release(number, "已查清"), actor=above)
    other = make_report(state=S.ACCEPTED, officer=officer, columns={closed: True})
    add_report(AddReport(number, other.reference), actor=officer)


@pytest.mark.requirement("F13")
@pytest.mark.requirement("C10")
def test_an_office_whose_only_person_must_not_know_of_the_case_leaves_it_to_one_above_it():
    officer, above = make_officer(), make_supervisor("320400")
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    supervise(Supervise(number, "重大案件"), actor=above)
    keep_out(above.id, report.id)

    later, higher = make_supervisor("320400", same_person=above), make_supervisor("320000")

    for one in (above, later):
        with pytest.raises(NotFound):
            release(Release(number, "已查清"), actor=one)
    assert get_page(db.session(), number, higher).released_by is ReleasedBy.ABOVE
    release(Release(number, "由上级解除"), actor=higher)


def offers(number: str, actor: Actor):
    whole = get_whole(db.session(), number, actor)
    return offers_of(whole.case, whole.course, whole.oversight, actor)


def acts_of(number: str, actor: Actor):
    return offers(number, actor).acts


@pytest.mark.requirement("C10")
@pytest.mark.requirement("F8")
@pytest.mark.requirement("A8")
def test_a_supervised_case_is_not_closed_before_its_release():
    officer, head, above = make_officer(), make_head(), make_supervisor()
    report = make_report(state=S.VERIFIED, officer=officer)
    number = make_case(report, officer=officer)
    answer_report(AnswerReport(report.reference, "未见违法。"), actor=officer)
    supervise(Supervise(number, "上级交办"), actor=above)

    with pytest.raises(RuleBroken, match="under-supervision"):
        make_move(number, A.DROP, head)
    release(Release(number, "已查清"), actor=above)
    make_move(number, A.DROP, head)

    assert case_of(number).state is CaseState.CLOSED
    [over] = seen(number, officer).supervisions
    assert (over.reason, over.outcome, over.unit) == ("上级交办", "已查清", ABOVE)
    assert over.released_at is not None


@pytest.mark.requirement("C10")
def test_only_an_office_above_supervises_and_only_once():
    officer, head, above, number = make_officer(), make_head(), make_supervisor(), make_case()

    for somebody in (officer, head):
        with pytest.raises(NotPermitted):
            supervise(Supervise(number, "自己督办"), actor=somebody)
    supervise(Supervise(number, "上级交办"), actor=above)
    with pytest.raises(RuleBroken, match="supervised-already"):
        supervise(Supervise(number, "再办"), actor=make_supervisor())
    with pytest.raises(NotPermitted):
        release(Release(number, "自己解除"), actor=head)
    with pytest.raises(NotPermitted):
        release(Release(number, "别的上级"), actor=make_supervisor("320400"))


@pytest.mark.requirement("C10")
@pytest.mark.requirement("F21")
def test_once_few_may_know_of_a_supervised_case_its_head_ends_the_supervision(desk):
    officer, above, pages = make_officer(), make_supervisor(), desk(Role.DEPARTMENT_HEAD)[0]
    head, report = make_head(), make_report(state=S.VERIFIED, officer=officer)
    number = make_case(report, officer=officer)
    answer_report(AnswerReport(report.reference, "未见违法。"), actor=officer)
    supervise(Supervise(number, "上级交办"), actor=above)
    with pytest.raises(NotPermitted):
        release(Release(number, "自己解除"), actor=head)
    assert "release" not in acts_of(number, head)

    report.restricted = True
    db.session.commit()

    with pytest.raises(NotFound):
        release(Release(number, "已查清"), actor=above)
    with pytest.raises(NotPermitted):
        release(Release(number, "已查清"), actor=officer)
    assert ["release" in acts_of(number, one) for one in (head, officer)] == [True, False]
    pages.post(pages.get(f"/desk/cases/{number}/release"), {"outcome": "限少数人查看"})
    make_move(number, A.DROP, head)
    assert case_of(number).state is CaseState.CLOSED


@pytest.mark.requirement("C10")
def test_the_supervising_office_does_not_report_to_itself():
    above, number = make_supervisor(), make_case()
    supervise(Supervise(number, "上级交办", report_every=14), actor=above)

    with pytest.raises(NotPermitted, match="itself"):
        report_progress(ReportProgress(number, "一切顺利"), actor=above)

    between = make_supervisor("320400")
    report_progress(ReportProgress(number, "市局已督促"), actor=between)
    assert [one.text for one in seen(number, above).live.progress] == ["市局已督促"]


@pytest.mark.requirement("F8")
def test_the_board_shows_the_nearest_date_and_what_is_overdue():
    officer, above = make_officer(), make_supervisor()
    late, calm = make_case(officer=officer), make_case(officer=officer)
    for number in (calm, late):
        supervise(Supervise(number, "上级交办", report_every=30), actor=above)
    wanted = set_milestone(SetMilestone(late, today() + timedelta(days=2), "查明来源"), actor=above)
    for one in db.session.scalars(select(Supervision).where(Supervision.next_due_on < far())):
        one.next_due_on = today() - timedelta(days=1)
    db.session.commit()

    assert [(one.number, one.overdue) for one in board(above)] == [(late, True), (calm, False)]
    assert [one.number for one in board(officer)] == [late, calm]
    assert board(make_officer(ELSEWHERE)) == ()
    meet_milestone(MeetMilestone(late, wanted), actor=officer)
    with pytest.raises(MoveRefused):
        meet_milestone(MeetMilestone(late, wanted), actor=officer)

    assert not any(one.overdue for one in board(above))
    assert seen(late, officer).live.milestones[0].met_at is not None


def far():
    """A day between a milestone of a few days and an interval of a month."""
    return today() + timedelta(days=10)


@pytest.mark.requirement("F8")
@pytest.mark.requirement("C10")
def test_reports_come_at_intervals_and_say_when_they_were_read():
    officer, above, number = make_officer(), make_supervisor(), make_case()
    supervise(Supervise(number, "上级交办", report_every=14), actor=above)
    first = seen(number, above).live.next_report_on
    placed = db.session.scalars(select(Supervision)).one()
    placed.next_report_on = today() - timedelta(days=1)
    db.session.commit()
    assert seen(number, officer).live.report_overdue

    told = report_progress(ReportProgress(number, "已取证"), actor=officer)
    with pytest.raises(NotPermitted):
        read_progress(ReadProgress(number, told), actor=officer)
    read_progress(ReadProgress(number, told), actor=above)
    with pytest.raises(MoveRefused):
        read_progress(ReadProgress(number, told), actor=above)

    live = seen(number, officer).live
    assert (live.next_report_on, live.report_overdue) == (first, False)
    [line] = live.progress
    assert (line.text, line.due_on) == ("已取证", today() - timedelta(days=1))
    assert line.read_at is not None


def test_nothing_is_wanted_by_a_day_that_is_over_nor_without_supervision():
    above, number = make_supervisor(), make_case()

    with pytest.raises(RuleBroken, match="not-supervised"):
        report_progress(ReportProgress(number, "进展"), actor=make_officer())
    supervise(Supervise(number, "上级交办"), actor=above)
    with pytest.raises(RuleBroken, match="task-day-over"):
        set_milestone(SetMilestone(number, today() - timedelta(days=1), "查明"), actor=above)


def test_a_milestone_and_a_report_of_another_case_are_not_there():
    officer, above = make_officer(), make_supervisor()
    number, other = make_case(officer=officer), make_case(officer=officer)
    for one in (number, other):
        supervise(Supervise(one, "上级交办"), actor=above)
    wanted = set_milestone(SetMilestone(number, today(), "查明"), actor=above)
    told = report_progress(ReportProgress(number, "进展"), actor=officer)

    with pytest.raises(NotFound):
        meet_milestone(MeetMilestone(other, wanted), actor=officer)
    with pytest.raises(NotFound):
        read_progress(ReadProgress(other, told), actor=above)


@pytest.mark.requirement("F21")
def test_a_restricted_case_is_neither_supervised_nor_reported_upward():
    officer, above = make_officer(), make_supervisor()
    report = make_report(state=S.ACCEPTED, columns={"restricted": True})
    number = make_case(report, officer=officer)

    with pytest.raises(NotFound):
        supervise(Supervise(number, "上级交办"), actor=above)
    grade_case(GradeCase(number, Severity.GRAVE, [SeverityFactor.MINORS_REACHED]), actor=officer)
    assert seen(number, officer).flashes == ()


# --- Flash reports -------------------------------------------------------------------------------


def make_major(officer: Actor) -> tuple[str, FlashReport]:
    """A case of 500 copies, and the flash report that this asks for."""
    number = make_case(officer=officer)
    order = GradeCase(number, Severity.GRAVE, [SeverityFactor.MANY_COPIES], copies=500)
    grade_case(order, actor=officer)
    return number, db.session.scalars(
        select(FlashReport).where(FlashReport.case_id == case_of(number).id)
    ).one()


@pytest.mark.requirement("A9")
@pytest.mark.requirement("D18")
def test_a_major_case_asks_for_a_flash_report_whose_times_are_kept():
    officer, above = make_officer(), make_supervisor()
    number, flash = make_major(officer)
    assert flash.grounds == ["many-copies"]
    assert list_awaited(db.session(), viewpoint(above)) == []

    send_flash(SendFlash(number, flash.id, "查获五百张盗版光盘。"), actor=officer)
    with pytest.raises(MoveRefused):
        send_flash(SendFlash(number, flash.id, "再报。"), actor=officer)
    [waiting] = list_awaited(db.session(), viewpoint(above))
    with pytest.raises(NotPermitted):
        receive_flash(ReceiveFlash(number, flash.id), actor=officer)
    receive_flash(ReceiveFlash(number, flash.id), actor=above)
    open_flash(number, flash.id, actor=officer)
    assert flash.read_at is None
    open_flash(number, flash.id, actor=above)

    assert waiting.number == number
    assert list_awaited(db.session(), viewpoint(above)) == []
    assert flash.sent_at <= flash.received_at <= flash.read_at
    assert flash.read_by == above.id


@pytest.mark.requirement("A9")
def test_an_office_above_does_not_send_the_flash_report_that_it_receives():
    officer, above = make_officer(), make_supervisor()
    number, flash = make_major(officer)

    with pytest.raises(NotPermitted):
        send_flash(SendFlash(number, flash.id, "代报"), actor=above)

    offered = [offers(number, one).include("send_flash") for one in (above, officer)]
    assert offered == [False, True]
    send_flash(SendFlash(number, flash.id, "快报"), actor=officer)
    assert not offers(number, officer).include("send_flash")


@pytest.mark.requirement("A9")
def test_each_rule_asks_once_and_a_small_case_asks_for_none():
    officer = make_officer()
    number, _flash = make_major(officer)
    small = make_case(officer=officer)

    again = GradeCase(number, Severity.GRAVE, [SeverityFactor.MANY_COPIES], copies=900)
    grade_case(again, actor=officer)
    more = GradeCase(number, Severity.GRAVE, [SeverityFactor.MANY_COPIES], None, 5_000_000, 900)
    grade_case(more, actor=officer)
    order = GradeCase(small, Severity.MINOR, [SeverityFactor.FIRST_TIME], copies=499)
    grade_case(order, actor=officer)

    grounds = [one.grounds for one in seen(number, officer).flashes]
    assert grounds == [("many-copies",), ("large-amount",)]
    assert seen(small, officer).flashes == ()


def test_a_flash_report_that_was_read_was_received_and_one_not_sent_is_not_there():
    officer, above = make_officer(), make_supervisor()
    number, flash = make_major(officer)

    with pytest.raises(NotFound):
        open_flash(number, flash.id, actor=above)
    with pytest.raises(MoveRefused):
        receive_flash(ReceiveFlash(number, flash.id), actor=above)
    send_flash(SendFlash(number, flash.id, "快报"), actor=officer)
    open_flash(number, flash.id, actor=above)
    first = flash.read_at
    open_flash(number, flash.id, actor=above)

    assert flash.received_at == flash.read_at == first
    with pytest.raises(NotFound):
        open_flash(make_case(), flash.id, actor=above)


# --- Instructions and standing still -------------------------------------------------------------


@pytest.mark.requirement("B3")
def test_an_instruction_stands_in_the_file_with_author_day_and_words_and_moves_nothing():
    officer, number = make_officer(), make_case()
    before = case_of(number).state

    order = RecordDirective(number, "分管局长", today(), CANARY)
    record_directive(order, actor=officer)
    with pytest.raises(RuleBroken, match="future"):
        record_directive(
            RecordDirective(number, "分管局长", today() + timedelta(days=1), "查"), actor=officer
        )

    [line] = seen(number, officer).directives
    assert (line.author, line.text, line.given_on) == ("分管局长", CANARY, today())
    assert case_of(number).state is before
    row = db.session.execute(select(*CaseDirective.__table__.columns)).one()
    assert CANARY.encode() not in b"".join(one for one in row if isinstance(one, bytes))
    with pytest.raises(RuleBroken, match="papers-missing"):
        move_case(MoveCase(number, A.FILE), actor=make_head())


@pytest.mark.requirement("C23")
def test_a_case_without_a_step_for_long_stands_still_unless_it_waits_for_an_adviser():
    officer = make_officer()
    old, fresh, waiting = (make_case(officer=officer) for _one in range(3))
    for number in (old, waiting):
        case_of(number).changed_at = datetime.now(UTC) - timedelta(days=40)
    case_of(waiting).paused_on = today()
    db.session.commit()

    found = list_standing(db.session(), viewpoint(officer), Window()).items

    assert [one.number for one in found] == [old]
    assert fresh not in [one.number for one in found]
    assert list_standing(db.session(), viewpoint(make_officer(ELSEWHERE)), Window()).items == ()


# --- Pages ---------------------------------------------------------------------------------------


@pytest.mark.requirement("C10")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_supervision_goes_round_on_the_pages(desk, language):
    above, _superior = desk(Role.SUPERVISOR, department=ABOVE, region="320000", language=language)
    unit, officer = desk(Role.CASE_OFFICER, language=language)
    number = make_case(officer=officer)
    home = f"/desk/cases/{number}"

    form = above.get(f"{home}/supervise")
    assert above.post(form, {"reason": "交办", "report_every": "0"}).status == 422
    case = above.post(form, {"reason": "交办", "report_every": "14"})
    assert case.has(".sl-identity .moj-badge")
    assert f"{home}/move/drop" not in case.links()
    above.post(
        above.get(f"{home}/set-milestone"),
        {"text": "查明来源", "due_on": today().isoformat()},
    )
    page = unit.get(home)
    assert "查明来源" in page.text("main")
    assert f"{home}/release" not in page.links()
    page = unit.post(unit.get(f"{home}/report-progress"), {"text": "已取证"})
    assert "已取证" in page.text("main")
    for listed in ("/desk/cases/supervised", "/desk/cases", "/desk/cases/standing"):
        assert above.get(listed).status == 200
    assert TITLE in above.get("/desk/cases/supervised").text("main")
    assert TITLE not in above.get("/desk/cases/supervised?list=others").text("main")
    assert unit.get(f"{home}/supervise").status == 403
    case = above.post(above.get(f"{home}/release"), {"outcome": "已查清"})
    assert "已查清" in case.text("main")


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_flash_report_is_sent_confirmed_and_read_on_the_pages(desk, language):
    above, _superior = desk(Role.SUPERVISOR, department=ABOVE, region="320000", language=language)
    unit, officer = desk(Role.CASE_OFFICER, language=language)
    number = make_case(officer=officer)
    home = f"/desk/cases/{number}"

    form = unit.get(f"{home}/grade")
    graded = {"grade": "grave", "factors": ["many-copies"], "amount": "", "copies": "500"}
    assert unit.post(form, {**graded, "copies": "-1"}).status == 422
    page = unit.post(form, graded)
    [link] = [one for one in page.links() if one.endswith("/send")]
    unit.post(unit.get(link), {"text": "查获五百张"})
    listed = above.get("/desk/cases/supervised")
    assert number in listed.text("main")
    above.post(listed)
    read = above.get(link.removesuffix("/send"))
    assert "查获五百张" in read.text("main")
    assert number not in above.get("/desk/cases/supervised").text("main")
    assert unit.get(f"{home}/grade").fields()["copies"] == "500"


def test_an_instruction_is_entered_on_its_page(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    sent = {"author": "分管局长", "given_on": today().isoformat(), "text": "请查清来源。"}

    case = pages.post(pages.get(f"/desk/cases/{number}/direct"), sent)

    assert "请查清来源。" in case.text("main")


@pytest.mark.requirement("P12")
@pytest.mark.parametrize("stored", [1, 9])
def test_the_board_and_what_stands_still_take_few_statements_whatever_is_in_them(
    desk, counted, stored
):
    pages, _superior = desk(Role.SUPERVISOR, department=ABOVE, region="320000")
    above, officer = make_supervisor(), make_officer()
    for _one in range(stored):
        number, flash = make_major(officer)
        send_flash(SendFlash(number, flash.id, "快报"), actor=officer)
        supervise(Supervise(number, "交办", report_every=7), actor=above)
    for path, most in (("/desk/cases/supervised", 6), ("/desk/cases/standing", 4)):
        pages.get(path)
        with counted() as statements:
            assert pages.get(path).status == 200
        assert len(statements) <= most, (path, statements)
