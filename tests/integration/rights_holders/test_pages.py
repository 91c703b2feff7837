"""The pages of rights-holders: registered, verified, works and complaints by sheet."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from portal.accounts.models import Account
from portal.accounts.rules import code_at, step_at
from portal.accounts.service import time_codes
from portal.casework.service.acceptance import (
    AcceptReport,
    DeclineReport,
    accept_report,
    decline_report,
)
from portal.evidence.service import keep_files
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.intake.models import Clock, Report, ReportFile, ReportKind
from portal.intake.rules import local_date
from portal.intake.states import PublicStage
from portal.jurisdiction.place import Stage
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.kernel.deadline import due_on
from portal.kernel.errors import RuleBroken
from portal.rights_holders.models import Organisation, Work
from portal.rights_holders.service.complaints import FileComplaint, file_complaint_now
from portal.rights_holders.service.filing import lapse_complaints
from portal.triage.service import triage_report
from portal.web.labels import label
from tests.factories.accounts import enter_desk
from tests.factories.casework import make_officer
from tests.factories.intake import submit
from tests.factories.rights_holders import (
    GOOD,
    make_organisation,
    make_outsider,
    member_of,
    outsider,
    some_file,
    with_its_unit,
    workbook,
)
from tests.pages import Pages

PASSWORD = "four invented words here"
WORKS = (("作品名称", "类别", "ISBN"), ("示例之书", "图书", "978-7-02-000220-7"))


@pytest.fixture
def person(app):
    return make_outsider()


@pytest.fixture
def pages(app, person):
    browser = Pages(app)
    enter_desk(browser, person)
    return browser


def xlsx(*rows):
    return (workbook(*rows), "表.xlsx")


def test_an_organisation_registers_sets_up_its_second_factor_and_is_verified(app, desk):
    browser = Pages(app)
    page = browser.get("/rights-holders/register")
    filled = {
        "name": "示例音像社",
        "kind": "company",
        "registration": "91350100M000100Y43",
        "address": "示例路二号",
        "contact": "示例联系人",
        "phone": "13800000000",
        "email": "a@example.com",
        "role": "owner",
        "person": "示例负责人",
        "new_password": PASSWORD,
        "repeated": PASSWORD,
    }
    assert browser.post(page, filled).status == 422
    page = browser.post(page, {**filled, "proof": (io.BytesIO("证书".encode()), "证书.txt")})
    account = db.session.scalars(select(Account).where(Account.outside)).one()
    row = db.session.get_one(time_codes.TimeCode, (account.id, False))
    code = code_at(time_codes.secret_of(row), step_at(row.created_at))
    page = browser.post(page, {"code": code}, form="main form")
    assert account.name in page.text()
    page = browser.get("/rights-holders/mine")
    assert "示例音像社" in page.text()
    number = db.session.scalars(select(Organisation.number)).one()

    clerk, _actor = desk(Role.TRIAGE_CLERK, department="TRIAGE@000000", region="000000")
    assert number in clerk.get("/desk/organisations").text()
    shown = clerk.get(f"/desk/organisations/{number}")
    clerk.post(shown, form=f"form[action=/desk/organisations/{number}/verify]")

    assert "已核实" in browser.get(f"/rights-holders/{number}").text()


def test_a_refused_organisation_reads_why_and_hands_in_again(app, desk, person, pages):
    organisation = make_organisation(person, verified=False)
    clerk, _actor = desk(Role.TRIAGE_CLERK, department="TRIAGE@000000", region="000000")
    page = clerk.get(f"/desk/organisations/{organisation.number}/refuse")
    clerk.post(page, {"reason": "names-differ", "text": "请补交更名证明"})
    own = pages.get(f"/rights-holders/{organisation.number}")
    assert "请补交更名证明" in own.text()

    page = pages.get(f"/rights-holders/{organisation.number}/proof")
    page = pages.post(page, {"proof": (io.BytesIO(b"name"), "更名.txt")})

    assert "待核实" in page.text()


def test_a_sheet_of_works_is_entered_whole_or_says_row_column_and_what_would_be_right(
    person, pages
):
    number = make_organisation(person, works=0).number
    page = pages.get(f"/rights-holders/{number}/works/sheet")

    bad = xlsx(*WORKS, ("另一书", "石头", "978-7-02-000220-8"))
    wrong = pages.post(page, {"table": bad})
    assert wrong.status == 422
    assert "第 3 行：ISBN：不是有效的 ISBN" in wrong.text()
    assert db.session.scalars(select(Work)).all() == []

    good = pages.post(page, {"table": xlsx(*WORKS), "files": (io.BytesIO(b"proof"), "证书.txt")})
    again = pages.post(page, {"table": xlsx(*WORKS)})

    assert "新登记 1 件，原已登记 0 件" in good.text()
    assert "新登记 0 件，原已登记 1 件" in again.text()


@pytest.mark.parametrize("path", ["sheets/add", "works/sheet"])
def test_of_two_sheets_none_is_left_out_in_silence(person, pages, path):
    number = make_organisation(person).number
    page = pages.get(f"/rights-holders/{number}/{path}")

    answer = pages.post(page, {"table": [xlsx(*WORKS), xlsx(*WORKS)]})

    assert (answer.status, answer.problems()) == (422, ["一次只能上传一个表格文件。"])


@pytest.mark.usefixtures("two_files_at_most")
def test_files_that_a_complaint_has_count_when_more_are_added(person, pages):
    organisation = make_organisation(person)
    files = keep_files([some_file("1.txt"), some_file("2.txt")], actor=Actor.public())
    order = FileComplaint(organisation.number, {**GOOD, "facts": ""}, "zh-Hans", files)
    file_complaint_now(order, actor=outsider(person))
    page = pages.get(f"/rights-holders/{organisation.number}/complaints/1/mend")

    more = {"facts": "未经许可", "declared": "y", "files": (io.BytesIO(b"3"), "3.txt")}
    answer = pages.post(page, more)

    assert (answer.status, answer.problems()) == (422, ["文件太多：一次举报最多 2 个。"])
    assert pages.post(answer, {**more, "files": []}).status == 200
    assert db.session.query(ReportFile).count() == 2


def put_task(state):
    """Have the task of filing be dead, as after its last try, or wait again."""
    done = None if state is TaskState.PENDING else datetime.now(UTC)
    filing = update(Task).where(Task.kind == TaskKind.FILE_COMPLAINT)
    db.session.execute(filing.values(state=state, done_at=done))
    db.session.commit()


@pytest.mark.requirement("F16")
def test_a_sheet_is_sent_declared_and_its_wrong_row_mended_on_the_page(person, pages):
    number = make_organisation(person).number
    head = ("作品", "侵权网址", "发现日期", "事实", "权利依据")
    good = ("1", "https://pirate.example/1", "2026-11-01", "未经许可", "权利人")
    page = pages.get(f"/rights-holders/{number}/sheets/add")
    page = pages.post(page, {"table": xlsx(head, good, ("1", "不是网址", "", "事实", "权利人"))})
    assert "侵权网址：不是网址" in page.text()
    waits = pages.get(f"/rights-holders/{number}")
    assert "对 1 件完整的投诉作出声明" in waits.text(), "what nobody declares lapses"
    assert f"/rights-holders/{number}/sheets/1" in waits.links()
    page = pages.post(page, form=f"form[action=/rights-holders/{number}/sheets/1/declare]")
    assert "1 件正在提交" in page.text()
    again = page.response.headers["Refresh"]
    assert again == f"10; url=/rights-holders/{number}/sheets/1?watched=1", "without a script"
    still = pages.get(f"/rights-holders/{number}/sheets/1?still=1")
    assert "Refresh" not in still.response.headers
    put_task(TaskState.DEAD)
    stuck = pages.get(f"/rights-holders/{number}/sheets/1")
    assert "1 件暂时未能提交" in stuck.text()
    assert "Refresh" not in stuck.response.headers, "nothing is under way"
    put_task(TaskState.PENDING)
    assert "作出声明" not in pages.get(f"/rights-holders/{number}").text()

    page = pages.get(f"/rights-holders/{number}/complaints/2/mend")
    assert page.fields("main form[method=post]")["right"] == "owner"
    answers = {"url": "pirate.example/2", "found_on": "2026-11-02"}
    refused = pages.post(page, answers)
    assert refused.status == 422
    page = pages.post(refused, {**answers, "declared": "y"})

    reference = db.session.scalars(select(Report.reference)).one()
    assert reference in page.text()
    tracking = pages.post(page, form=f"form[action=/track/complaint/{number}/2]")
    assert reference in tracking.text()
    assert "/track/report/code" not in tracking.links(), "nobody was given a code to replace"
    assert not tracking.has("main h2#code")
    taken = pages.get(f"/rights-holders/{number}/complaints.csv?state=filed").response
    assert reference in taken.get_data(as_text=True)


def test_the_desk_sees_who_complains_and_the_proof(app, desk, person):
    organisation = make_organisation(person)
    command = FileComplaint(organisation.number, GOOD, "zh-Hans")
    file_complaint_now(command, actor=outsider(person))
    reference = db.session.scalars(select(Report.reference)).one()
    clerk, _actor = desk(Role.TRIAGE_CLERK, department="TRIAGE@000000", region="000000")

    page = clerk.get(f"/desk/reports/{reference}")
    assert f"/desk/reports/{reference}/rights-holder" in page.links()
    behind = clerk.get(f"/desk/reports/{reference}/rights-holder")

    assert "示例出版社" in behind.text()
    assert "登记证书.txt" in behind.text()


def test_a_person_is_added_with_a_code_and_one_who_is_taken_out_has_nothing_at_once(
    app, person, pages
):
    organisation, friend = make_organisation(person), make_outsider()
    number = organisation.number
    page = pages.get(f"/rights-holders/{number}/people/add")
    shown = pages.post(page, {"who": "new", "display_name": "示例经办", "role": "submitter"})
    assert shown.has(".sl-code__code")
    pages.post(page, {"who": "known", "sign_in_name": friend.name, "role": "submitter"})
    theirs = Pages(app)
    enter_desk(theirs, friend)
    assert theirs.get(f"/rights-holders/{number}").status == 404
    page, asked = theirs.get("/rights-holders/mine"), member_of(organisation, friend).id
    theirs.post(page, form=f"form[action='/rights-holders/mine/invitations/{asked}/accept']")
    assert theirs.get(f"/rights-holders/{number}").status == 200
    assert theirs.get(f"/rights-holders/{number}/people").status == 200

    member = member_of(organisation, friend).id
    own = f"/rights-holders/{number}/people"
    page = pages.get(own)
    assert f"{own}/{member}/end" in page.links()
    gone = pages.post(pages.get(f"{own}/{member}/end"), form=f"form[action={own}/{member}/end]")
    assert gone.response.request.path == own, "whoever took somebody out goes on there"

    enter_desk(theirs, friend)
    assert theirs.get(f"/rights-holders/{number}").status == 404
    assert number not in theirs.get("/rights-holders/mine").text()


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_every_page_of_an_organisation_stands_in_both_languages_with_few_statements(
    app, person, language, counted
):
    number = make_organisation(person).number
    incomplete = {**GOOD, "right": ""}
    file_complaint_now(FileComplaint(number, incomplete, language), actor=outsider(person))
    file_complaint_now(FileComplaint(number, GOOD, language), actor=outsider(person))
    browser = Pages(app, language)
    enter_desk(browser, person)
    for path in (
        *("", "/proof", "/people", "/people/add", "/works", "/works/add", "/works/sheet"),
        *("/works/1", "/works/1/change", "/figures", "/domains", "/complaints"),
        *("/complaints/add", "/complaints/1", "/complaints/1/mend"),
        *("/complaints/2", "/sheets", "/sheets/add", "/complaints?state=filed&order=old"),
        *("/complaints?like=1", "/complaints?work=1", "/complaints?state=nonsense&work=x"),
        "/complaints?number=1&kind=csv&endpoint=x&_rule=1&_scheme=javascript&_external=1",
    ):
        with counted() as seen:
            page = browser.get(f"/rights-holders/{number}{path}")
        assert page.status == 200, path
        assert len(seen) <= 12, (path, seen)
    for path in ("/rights-holders", "/rights-holders/register", "/rights-holders/mine/add"):
        assert browser.get(path).status == 200
    entrance = Pages(app, language).get("/desk/sign-in?next=/rights-holders/mine").text()
    assert re.findall("工作台|staff", entrance) == []
    account = browser.get("/desk/account")
    assert not {"部门", "Department"} & set(account.text().split())
    for which in ("works", "complaints"):
        assert browser.client.get(f"/rights-holders/{number}/empty/{which}.xlsx").status_code == 200


def test_a_person_acts_for_several_organisations_until_a_power_ends(app, person, pages):
    first, second = make_organisation(person), make_organisation(person, name="第二社")
    page = pages.get("/rights-holders/mine")

    assert first.name in page.text()
    assert second.name in page.text()
    member = member_of(second, person)
    member.power_until = member.joined_at.date().replace(year=2020)
    db.session.commit()

    assert pages.get(f"/rights-holders/{second.number}").status == 404
    assert Actor.outside(person.id, "").roles == frozenset()


@pytest.mark.requirement("B5")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_refusal_has_a_reason_of_the_list_within_its_days_and_whoever_complained_reads_it(
    app, person, language
):
    organisation = make_organisation(person, works=1)
    file_complaint_now(FileComplaint(organisation.number, GOOD, language), actor=outsider(person))
    report = db.session.scalars(select(Report)).one()
    triage_report(report.id, actor=Actor.system("triage"))
    db.session.expire_all()
    officer = make_officer(report.department_code)
    clock = Clock.report_id == report.id, Clock.stage == Stage.ACCEPT
    [due] = db.session.scalars(select(Clock.due_on).where(*clock))
    place = current_place()
    [rule] = [one for one in place.clocks if one.id == "copyright_accept_15_calendar_days"]
    received_on = local_date(place, report.received_at)
    assert due == due_on(received_on, rule.n, rule.unit, place.calendar).on
    with pytest.raises(RuleBroken, match="reason"):
        decline_report(DeclineReport(report.reference, "no-reason-of-the-list"), actor=officer)

    decline_report(DeclineReport(report.reference, "decline.no-breach"), actor=officer)

    browser = Pages(app, language)
    enter_desk(browser, person)
    page = browser.get(f"/rights-holders/{organisation.number}/complaints/1")
    read = browser.post(page, form=f"form[action=/track/complaint/{organisation.number}/1]")
    assert place.reasons["decline.no-breach"].to_reporter.in_(language) in read.text()
    assert f"/rights-holders/{organisation.number}/complaints/1" in read.links()


@pytest.mark.requirement("B5")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_whoever_complained_reads_that_it_was_taken_on_and_what_is_promised_next(
    app, person, language
):
    organisation = make_organisation(person, works=1)
    file_complaint_now(FileComplaint(organisation.number, GOOD, language), actor=outsider(person))
    report, officer = with_its_unit()
    browser = Pages(app, language)
    enter_desk(browser, person)
    own = f"/rights-holders/{organisation.number}/complaints/1"
    with app.test_request_context(headers={"Cookie": f"lang={language}"}):
        checked, routed = label(PublicStage.BEING_CHECKED), label(PublicStage.WITH_DEPARTMENT)
    assert routed in browser.get(own).text()

    accept_report(AcceptReport(report.reference), actor=officer)

    page = browser.get(own).text()
    assert (checked in page, routed in page) == (True, False)
    assert str(report.next_due_on.year) in page


@pytest.mark.requirement("U38")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_rights_holders_have_an_entrance_of_their_own_that_lists_what_a_complaint_needs(
    app, language
):
    public = Pages(app, language)
    assert "/rights-holders" in public.get("/").links()

    page = public.get("/rights-holders")

    with app.test_request_context(headers={"Cookie": f"lang={language}"}):
        needed = {label(one) for one in current_place().complaints.demands}
    assert needed
    assert needed <= {item.text for item in page.find("main li")}
    assert str(current_place().complaints.days) in page.text()
    assert "/rights-holders/register" in page.links()


@pytest.mark.requirement("U40")
def test_anybody_tells_of_a_piracy_and_a_complaint_takes_an_account_and_a_declaration(
    app, person, pages
):
    number = make_organisation(person, works=1).number
    public = Pages(app)
    entrance = public.get(f"/rights-holders/{number}/complaints/add").path
    assert entrance.startswith("/desk/sign-in?")
    page = pages.get(f"/rights-holders/{number}/complaints/add")
    typed = {name.replace("-", "_"): one for name, one in GOOD.items()} | {"right": "owner"}

    refused = pages.post(page, typed)

    assert (refused.status, len(refused.problems())) == (422, 1)
    assert db.session.scalars(select(Report)).all() == []
    told = submit(narrative="这个网站可以下载整本小说。", urls=(GOOD["url"],))
    assert db.session.get_one(Report, told.report_id).kind is ReportKind.TIP
    assert pages.post(refused, typed | {"declared": "y"}).status == 200
    kinds = {one.kind for one in db.session.scalars(select(Report))}
    assert kinds == {ReportKind.TIP, ReportKind.COMPLAINT}


@pytest.mark.parametrize("address", ["/rights-holders/register", "/rights-holders/mine/add"])
def test_what_is_wrong_with_a_registration_is_told_in_the_order_of_the_questions(pages, address):
    page = pages.post(pages.get(address))

    told = [one["href"].removeprefix("#") for one in page.find(".govuk-error-summary a")]
    asked = [one["id"] for one in page.find("main form [id]") if one["id"] in told]
    assert page.status == 422
    assert len(told) > 5
    assert told == asked


def test_a_complaint_that_lapsed_says_what_that_means_and_what_to_do(person, pages):
    number = make_organisation(person).number
    order = FileComplaint(number, {**GOOD, "right": ""}, "zh-Hans")
    file_complaint_now(order, actor=outsider(person))
    with time_machine.travel(datetime.now(UTC) + timedelta(days=60), tick=False):
        lapse_complaints(actor=Actor.system("schedule"))

    page = pages.get(f"/rights-holders/{number}/complaints/1")

    assert "没有提交" in page.text()
    assert f"/rights-holders/{number}/complaints/add" in page.links()
