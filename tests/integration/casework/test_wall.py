"""The conflict wall: whom a report concerns never learns of it, and somebody has it (F13)."""

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Account
from portal.audit.models import AuditEvent
from portal.casework.queries.board import count_board, list_reports, list_section, viewpoint
from portal.casework.queries.dossier import get_dossier
from portal.casework.queries.filters import Filter, Section
from portal.casework.queries.interests import count_declared, list_own_interests
from portal.casework.queries.search import search_reports
from portal.casework.queries.staff import list_officers
from portal.casework.service.acceptance import AssignReport, assign_report
from portal.casework.service.interests import (
    DeclareInterest,
    StepAside,
    declare_interest,
    end_interest,
    step_aside,
)
from portal.casework.service.opening import open_preview
from portal.casework.service.routing import route_report
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake import queries as reports
from portal.intake.lead_models import ExclusionCause
from portal.intake.models import Report
from portal.intake.service import index_report
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import NotFound, RuleBroken
from portal.kernel.page import Window
from portal.triage.models import Interest, InterestKind
from portal.triage.service import RouteReport, triage_report
from portal.triage.wall import exclude, may_have_it
from tests.factories.casework import (
    keep_out,
    make_clerk,
    make_head,
    make_officer,
    make_supervisor,
)
from tests.factories.intake import make_report, submit

S = ReportState
OWN = "CULTURE_ENF@320412"
IN_WUJIN = "常州市武进区示例路有一家书店卖盗版教材，每本十元，每天都卖。"

pytestmark = pytest.mark.usefixtures("app")


def triaged(narrative: str, **changes: object) -> Report:
    sent = submit(narrative=narrative, **changes)
    triage_report(sent.report_id, actor=Actor.system("test"))
    index_report(sent.report_id, actor=Actor.system("test"))
    return db.session.get_one(Report, sent.report_id)


def sees(actor: Actor, report: Report) -> bool:
    wanted = select(Report.id).where(Report.id == report.id, reports.in_sight(actor))
    return db.session.scalar(wanted) is not None


def declare(actor: Actor, value: str, kind: InterestKind = InterestKind.NAME, **more: object):
    return declare_interest(DeclareInterest(kind, value, **more), actor=actor)


@pytest.mark.requirement("F13")
@pytest.mark.parametrize("word", ["盗版", "武进区", "江苏", "文化市场综合执法"])
def test_a_word_that_half_of_all_reports_have_is_nobodys_interest(word):
    with pytest.raises(RuleBroken, match="interest-too-common"):
        declare(make_officer(), word)


# --- Named --------------------------------------------------------------------------------------


@pytest.mark.requirement("F13")
def test_an_officer_whose_whole_name_is_in_a_report_never_sees_it():
    named, other = make_officer(display_name="甄示例"), make_officer(display_name="贾样品")

    report = triaged(f"{IN_WUJIN}甄示例每次来之前都给老板打电话。")

    assert report.department_code == OWN
    assert not sees(named, report)
    assert sees(other, report)


@pytest.mark.requirement("F13")
def test_a_surname_and_a_title_keep_out_those_of_the_unit_and_no_namesake_elsewhere():
    officer = make_officer(display_name="甄示例")
    elsewhere = make_officer("CULTURE_ENF@330100", display_name="甄样品")

    report = triaged(f"{IN_WUJIN}执法大队姓甄的执法人员来过，没有处理。")

    assert reports.is_excluded(db.session(), report, officer.id)
    assert not reports.is_excluded(db.session(), report, elsewhere.id)


def test_every_account_of_the_person_is_kept_out():
    first = make_officer(display_name="甄示例")
    second = make_head(display_name="别名", same_person=first)

    report = triaged(f"{IN_WUJIN}甄示例是老板的亲戚。")

    assert not sees(second, report)


@pytest.mark.requirement("F13")
@pytest.mark.parametrize("kept_out_by", ["being named", "stepping aside"])
def test_an_account_that_the_person_is_given_later_sees_no_more_of_the_report(kept_out_by):
    officer, other = make_officer(display_name="甄示例"), make_officer()
    if kept_out_by == "being named":
        report = triaged(f"{IN_WUJIN}甄示例是老板的亲戚。")
    else:
        report = make_report(state=S.ACCEPTED, officer=officer)
        step_aside(StepAside(report.reference), actor=officer)

    later = make_officer(display_name="别名", same_person=officer)
    head = make_head(same_person=officer)

    assert [sees(one, report) for one in (later, head, other)] == [False, False, True]
    offered = {one.id for one in list_officers(db.session(), report.reference, make_head())}
    assert (later.id in offered, other.id in offered) == (False, True)
    assert reports.is_excluded(db.session(), report, later.id)


@pytest.mark.requirement("F13")
def test_where_all_of_a_unit_are_one_person_who_must_not_know_nobody_there_has_the_report():
    only = make_officer("CULTURE_ENF@320411")
    make_head("CULTURE_ENF@320411", same_person=only)
    report = make_report(state=S.ACCEPTED, officer=make_officer())
    keep_out(only.id, report.id)

    assert not may_have_it(db.session(), report, "CULTURE_ENF@320411")
    make_head("CULTURE_ENF@320411")
    assert may_have_it(db.session(), report, "CULTURE_ENF@320411")


# --- Declared -----------------------------------------------------------------------------------


@pytest.mark.requirement("F13")
@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (InterestKind.NAME, "湖塘样品书店", "店名叫湖塘样品书店。"),
        (InterestKind.NAME, "Example Books", "店名是 EXAMPLE  Books，"),
        (InterestKind.NAME, "湖塘樣品書店", "店名叫湖塘样品书店。"),
        (InterestKind.PHONE, "138 0000 1234", "电话13800001234。"),
        (InterestKind.ADDRESS, "https://www.example.com", "网址是 http://shop.example.com/a。"),
        (InterestKind.ADDRESS, "example.com", "网址 example.com/books。"),
    ],
)
def test_a_report_that_names_what_an_officer_declared_stays_away_from_them(kind, value, said):
    concerned, other = make_officer(), make_officer()
    declare(concerned, value, kind)

    report = triaged(IN_WUJIN + said)

    assert not sees(concerned, report)
    assert sees(other, report)


@pytest.mark.parametrize(
    ("value", "said"),
    [("湖塘样品书店", "店名叫湖塘样品书。"), ("Anna", "Annabel 卖的。"), ("样品", "样  品")],
)
def test_what_is_not_what_was_declared_keeps_nobody_away(value, said):
    officer = make_officer()
    declare(officer, value)

    assert sees(officer, triaged(IN_WUJIN + said))


def test_a_declaration_counts_until_its_end_and_what_it_kept_away_stays_away():
    officer = make_officer()
    interest = declare(officer, "湖塘样品书店")
    before = triaged(f"{IN_WUJIN}湖塘样品书店。")

    end_interest(interest, actor=officer)

    assert sees(officer, triaged(f"{IN_WUJIN}湖塘样品书店，又在卖。"))
    assert not sees(officer, before)


@pytest.mark.requirement("F13")
def test_what_was_declared_is_stored_as_hashes_and_read_by_its_owner_only():
    officer, supervisor = make_officer(), make_supervisor()
    interest = declare(officer, "湖塘样品书店", reason="表弟开的")
    stored = db.session.get_one(Interest, interest)
    today = viewpoint(officer).today

    for column in (stored.key, stored.head or b"", stored.body, stored.body_key):
        assert "湖塘".encode() not in column
    [own] = list_own_interests(db.session(), officer, today)
    assert (own.value, own.reason, own.counts) == ("湖塘样品书店", "表弟开的", True)
    assert list_own_interests(db.session(), supervisor, today) == ()
    counted = count_declared(db.session(), supervisor, today)
    assert [(one.name, one.declared) for one in counted] == [(officer.name, 1)]
    assert count_declared(db.session(), make_supervisor("330000"), today) == []
    with pytest.raises(NotFound):
        end_interest(interest, actor=supervisor)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (InterestKind.PHONE, "没有号码"),
        (InterestKind.ADDRESS, "没有网址"),
        (InterestKind.NAME, "王"),
    ],
)
def test_what_could_not_be_recognised_is_not_taken(kind, value):
    with pytest.raises(RuleBroken, match="interest-not-readable"):
        declare(make_officer(), value, kind)


def test_the_trail_of_a_declaration_and_an_exclusion_holds_ids_and_codes_only():
    officer = make_officer(display_name="甄示例")
    declare(officer, "湖塘样品书店")
    triaged(f"{IN_WUJIN}湖塘样品书店，甄示例知道。")

    wanted = select(AuditEvent).where(AuditEvent.action.in_(["interest.declare", "report.exclude"]))
    details = [event.details for event in db.session.scalars(wanted)]
    assert details == [{"kind": "name"}, {"account": officer.id.hex, "cause": "named"}]


# --- Nothing leaks, view by view (U33) ------------------------------------------------------------


@pytest.fixture
def hidden():
    """A supervisor of the region who must not know of a report that a colleague sees."""
    concerned, colleague = make_supervisor(), make_supervisor()
    report = make_report(
        state=S.ACCEPTED, title="金丝雀专用词", indexed=True, columns={"region": "320412"}
    )
    with unit_of_work(Actor.operator()) as uow:
        report = uow.session.get_one(Report, report.id)
        exclude(uow, report, {concerned.id: ExclusionCause.DECLARED})
    return concerned, colleague, report


@pytest.mark.requirement("U33")
@pytest.mark.requirement("F13")
def test_an_excluded_person_finds_nothing_in_lists_counts_search_or_by_reference(hidden):
    concerned, colleague, report = hidden
    seen = {}
    for who in (concerned, colleague):
        view = viewpoint(who)
        board = count_board(db.session(), view)
        found = search_reports(db.session(), "金丝雀专用词", view, Window())
        listed = list_reports(db.session(), Filter(), view, Window())
        heaps = [list_section(db.session(), one, view, Window()).items for one in Section]
        seen[who.id] = (
            sum(board.counts.values()) > 0,
            bool(found.items),
            bool(listed.items),
            any(heaps),
        )

    assert set(seen[concerned.id]) == {False}
    assert seen[colleague.id][1:3] == (True, True)
    with pytest.raises(NotFound):
        get_dossier(db.session(), report.reference, concerned)
    with pytest.raises(NotFound):
        open_preview(report.reference, report.id, actor=concerned)


@pytest.mark.requirement("F13")
def test_a_report_is_not_given_to_an_officer_who_must_not_know_of_it():
    head, officer = make_head(), make_officer()
    report = make_report(state=S.ACCEPTED, officer=make_officer())
    with unit_of_work(Actor.operator()) as uow:
        exclude(uow, uow.session.get_one(Report, report.id), {officer.id: ExclusionCause.NAMED})

    offered = [one.id for one in list_officers(db.session(), report.reference, head)]

    assert officer.id not in offered
    assert report.handler_id in offered
    with pytest.raises(RuleBroken, match="officer-not-available"):
        assign_report(AssignReport(report.reference, officer.id), actor=head)


@pytest.mark.requirement("U33")
def test_the_timeline_does_not_tell_who_must_not_know_of_a_report():
    officer = make_officer()
    report = make_report(state=S.ACCEPTED, officer=officer)
    other = make_officer(display_name="甄示例")
    with unit_of_work(Actor.operator()) as uow:
        exclude(uow, uow.session.get_one(Report, report.id), {other.id: ExclusionCause.NAMED})

    dossier = get_dossier(db.session(), report.reference, officer)

    assert "甄示例" not in str(dossier.events)


# --- What is linked with it -----------------------------------------------------------------------


@pytest.mark.requirement("F13")
@pytest.mark.parametrize("closed", ["restricted", "conflict"])
@pytest.mark.parametrize("which", ["earlier", "later"])
def test_nothing_on_a_report_tells_that_its_reporter_sent_one_that_is_closed_to_the_reader(
    closed, which
):
    officer = make_officer()
    earlier = make_report(state=S.ACCEPTED, officer=officer)
    later = submit(narrative="还有一件事要说：另一家书店也卖。", follows=earlier.id)
    walled = earlier.id if which == "earlier" else later.report_id
    db.session.execute(update(Report).where(Report.id == walled).values({closed: True}))
    db.session.commit()
    reference = earlier.reference

    triage_report(later.report_id, actor=Actor.system("test"))

    about = select(AuditEvent.action).where(AuditEvent.subject_id == earlier.id)
    assert "report.linked" not in db.session.scalars(about).all()
    db.session.execute(update(Report).where(Report.id == earlier.id).values({closed: False}))
    db.session.commit()
    dossier = get_dossier(db.session(), reference, officer)
    assert later.report_id.hex not in str(dossier)


@pytest.mark.requirement("F13")
def test_what_was_done_with_a_report_that_the_reader_may_not_see_is_not_in_the_timeline():
    officer = make_officer()
    one = make_report(state=S.ACCEPTED, officer=officer)
    sent = submit(narrative="同一家店，还有别的事要说。", follows=one.id)
    triage_report(sent.report_id, actor=Actor.system("test"))
    db.session.execute(
        update(Report).where(Report.id == sent.report_id).values(department_code=OWN)
    )
    db.session.commit()
    seen = get_dossier(db.session(), one.reference, officer)
    assert "report.linked" in {event.action for event in seen.events}

    with unit_of_work(Actor.operator()) as uow:
        hidden = uow.session.get_one(Report, sent.report_id)
        exclude(uow, hidden, {officer.id: ExclusionCause.NAMED})

    told = get_dossier(db.session(), one.reference, officer)
    assert "report.linked" not in {event.action for event in told.events}


# --- Stepping aside -------------------------------------------------------------------------------


@pytest.mark.requirement("F13")
def test_an_officer_who_steps_aside_loses_sight_and_the_report_goes_back_to_the_unit():
    officer, head = make_officer(), make_head()
    report = make_report(state=S.ACCEPTED, officer=officer)

    step_aside(StepAside(report.reference), actor=officer)

    assert not sees(officer, report)
    assert (report.department_code, report.handler_id, report.state) == (OWN, None, S.ACCEPTED)
    board = count_board(db.session(), viewpoint(head))
    assert board.given_back == 1
    with pytest.raises(NotFound):
        step_aside(StepAside(report.reference), actor=officer)


def test_somebody_who_does_not_have_the_report_leaves_it_with_whoever_does():
    officer, head = make_officer(), make_head()
    report = make_report(state=S.ACCEPTED, officer=officer)

    step_aside(StepAside(report.reference), actor=head)

    assert report.handler_id == officer.id


@pytest.mark.requirement("F13")
@pytest.mark.parametrize(
    "state", [S.RECEIVED, S.ROUTED, S.ACCEPTED, S.ANSWERED, S.CLOSED, S.DECLINED]
)
@pytest.mark.parametrize("closed", ["", "restricted", "conflict"])
@pytest.mark.parametrize("whose_turn", [0, -1])
def test_no_report_is_kept_from_everybody_while_one_has_not_stepped_aside(
    state, closed, whose_turn
):
    report = make_report(state=state, columns={"region": "320412"})
    if closed:
        values = {closed: True}
        db.session.execute(update(Report).where(Report.id == report.id).values(**values))
        db.session.commit()
    at_a_desk = [
        make_officer(),
        make_clerk(),
        make_supervisor("320400"),
        make_supervisor("000000"),
        make_head("EDU@320102"),
    ]

    for _ in at_a_desk[1:]:
        step_aside(StepAside(report.reference), actor=who_sees(report)[whose_turn])
    assert who_sees(report)


def staff() -> list[Actor]:
    """Everybody, in the order in which they came."""
    wanted = (
        select(Account)
        .where(Account.disabled_at.is_(None))
        .order_by(Account.created_at, Account.name)
    )
    return [
        Actor(ActorKind.STAFF, one.id, one.roles, one.department, one.region, one.display_name)
        for one in db.session.scalars(wanted)
    ]


def who_sees(report: Report) -> list[Actor]:
    seeing = [one for one in staff() if sees(one, report)]
    assert seeing, "somebody must see it"
    return seeing


@pytest.mark.requirement("F13")
def test_where_a_whole_unit_is_named_the_next_unit_with_somebody_has_the_report():
    make_officer(display_name="甄示例")
    make_head(display_name="贾样品")
    supervisor = make_supervisor("320400")

    report = triaged(f"{IN_WUJIN}甄示例和贾样品都知道。")

    assert report.department_code == supervisor.department
    assert sees(supervisor, report)
    with pytest.raises(RuleBroken, match="nobody-there-may-have-it"):
        route_report(RouteReport(report.reference, OWN, "按职责分工"), actor=supervisor)


# --- Pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_staff_declare_and_end_their_interests_on_a_page_of_their_own(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    at = "/desk/account/interests"

    refused = pages.post(pages.get(at), {"kind": "phone", "value": "没有号码"})
    page = pages.post(pages.get(at), {"kind": "name", "value": "湖塘样品书店", "reason": "亲戚"})
    [interest] = db.session.scalars(select(Interest).where(Interest.account_id == officer.id))
    ended = pages.post(page, {}, form=f"form[action={at}/{interest.id}/end]")

    assert refused.status == 422
    assert "湖塘样品书店" in page.text()
    assert ended.status == 200
    assert interest.ends_on is not None


def test_supervision_reads_how_much_was_declared_and_not_what(desk):
    officer = make_officer()
    declare(officer, "湖塘样品书店", reason="亲戚")
    pages, _supervisor = desk(Role.SUPERVISOR, department="SUPERVISION@320000", region="320000")
    others, _officer = desk(Role.CASE_OFFICER)

    page = pages.get("/desk/interests")

    assert officer.name in page.text()
    assert "湖塘" not in page.text()
    assert others.get("/desk/interests").status == 403


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_stepping_aside_on_the_page_leads_away_from_the_report(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    report = make_report(state=S.ACCEPTED, officer=officer)
    make_head()
    at = f"/desk/reports/{report.reference}"

    page = pages.post(pages.get(f"{at}/step-aside"), {})

    assert page.status == 200
    assert report.reference not in page.text()
    assert pages.get(at).status == 404
    assert pages.get("/desk").status == 200
