"""The page of a party, the pages of the desk about it, what they cost, and what they never show."""

import io
import re
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.cases.models import Case
from portal.cases.states import PartyRole
from portal.decisions.models import Decision, Review
from portal.decisions.service.party import (
    RefuseHearing,
    WriteStatement,
    refuse_hearing,
    write_statement,
)
from portal.decisions.service.reviewing import (
    AdmitReview,
    DecideReview,
    admit_review,
    decide_review,
)
from portal.decisions.states import ReviewOutcome
from portal.evidence.models import Evidence
from portal.infra.database import db
from portal.intake.models import ContactMode
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from tests.factories.cases import make_case, today
from tests.factories.casework import make_head, make_officer
from tests.factories.decisions import (
    ALLEGED,
    FACTS,
    make_decision,
    make_party,
    open_page,
    put_in,
    tell_before,
)
from tests.factories.evidence import make_evidence
from tests.factories.intake import make_report
from tests.pages import Pages

PUBLIC = Actor.public()
ELSEWHERE = "CULTURE_ENF@320402"
CANARIES = {
    "name": "金丝雀举报人",
    "phone": "13800007777",
    "email": "canary@example.org",
    "narrative": "金丝雀叙述里只有我知道的事",
    "place": "金丝雀路七号",
    "title": "金丝雀标题",
    "file": "canary-file-name",
}


@pytest.fixture
def matter(app):
    """A verified report with a case, and one party."""
    officer = make_officer()
    report = make_report(state=ReportState.VERIFIED, officer=officer)
    number = make_case(report, officer=officer)
    party = make_party(number, officer)
    return number, party, officer


def come(app, code, language="zh-Hans"):
    browser = Pages(app, language)
    return browser, browser.post(browser.get("/party"), {"code": code})


@pytest.mark.requirement("F11")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_party_reads_answers_asks_to_be_heard_and_objects(app, matter, language):
    number, party, officer = matter
    code = open_page(number, party, officer)
    make_decision(number, party=party, officer=officer, served=today())
    browser, page = come(app, code, language)

    assert page.path == "/party/case"
    for words in (number, ALLEGED, FACTS, "予以警告。", "区人民法院"):
        assert words in page.text("main")
    page = browser.post(browser.get("/party/case/statement"), {"text": "货是寄存的。"})
    assert "货是寄存的。" in page.text("main")
    page = browser.post(browser.get("/party/case/hearing"), {"text": "当面说明。"})
    assert "/party/case/hearing" not in page.links()
    objection = "/party/case/decisions/1/objection"
    assert objection in page.links()
    page = browser.post(browser.get(objection), {"text": "处罚过重。"})
    assert objection not in page.links()
    for number in (1, 9):
        refused = browser.get(f"/party/case/decisions/{number}/objection")
        assert refused.find("main textarea") == []
    assert "处罚过重。" in page.text("main")
    left = browser.post(page, {}, form="form[action=/party/leave]")
    assert left.path == "/party"
    assert browser.get("/party/case").path == "/party"


def test_a_file_is_sent_with_a_statement_and_is_kept(app, matter):
    number, party, officer = matter
    browser, _page = come(app, open_page(number, party, officer))
    form = browser.get("/party/case/statement")
    file = (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "进货单.pdf")

    page = browser.post(form, {"text": "附进货单。", "files": file})

    assert page.path == "/party/case"
    assert "进货单.pdf" in page.text("main")
    assert db.session.scalars(select(Evidence.held_at)).one() is not None


@pytest.mark.requirement("E7")
@pytest.mark.requirement("E24")
def test_four_who_have_to_do_with_one_site_each_have_a_measure_and_a_page_of_their_own(app, matter):
    number, _party, officer = matter
    roles = (
        PartyRole.OPERATOR,
        PartyRole.ACCESS_PROVIDER,
        PartyRole.PAYMENT,
        PartyRole.ADVERTISER,
    )
    names = {role: f"某公司{place}" for place, role in enumerate(roles)}
    facts = {role: f"查明的事实{place}。" for place, role in enumerate(roles)}
    pages = {}
    for role, name in names.items():
        party = make_party(number, officer, name, role)
        make_decision(number, party=party, officer=officer, served=today(), facts=facts[role])
        pages[role] = come(app, open_page(number, party, officer))[1].response.text

    for role, page in pages.items():
        assert names[role] in page
        assert facts[role] in page
        assert not [facts[other] for other in roles if other is not role and facts[other] in page]


@pytest.mark.requirement("E7")
def test_a_party_reads_nothing_of_another_party_of_its_case(app, matter):
    number, party, officer = matter
    other = make_party(number, officer, "某印刷厂")
    make_decision(number, party=party, officer=officer, served=today())
    write_statement(WriteStatement(party, "只给机关看的申辩"), actor=PUBLIC)

    _browser, page = come(app, open_page(number, other, officer))

    assert "某印刷厂" in page.text("main")
    for words in ("某书店", "只给机关看的申辩", "予以警告。", FACTS):
        assert words not in page.response.text


@pytest.mark.requirement("U37")
def test_a_wrong_code_is_not_shown_again(app, matter):
    typed = "7K3MQ-9TD2A-00000-00000"
    browser = Pages(app)

    page = browser.post(browser.get("/party"), {"code": typed})

    assert page.status == 422
    assert typed not in page.response.text
    assert typed.replace("-", "") not in page.response.text


def test_a_letter_typed_after_the_page_was_closed_comes_back_to_be_copied(app, matter):
    number, party, officer = matter
    browser, _page = come(app, open_page(number, party, officer))
    form = browser.get("/party/case/statement")
    open_page(number, party, officer)

    page = browser.post(form, {"text": "写了很久的申辩"})

    assert page.status == 404
    assert "写了很久的申辩" in page.text("textarea")


def test_the_code_is_shown_to_the_officer_once(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    party = make_party(number, officer)

    shown = pages.post(
        pages.get(f"/desk/cases/{number}/parties/{party}/page"), {"alleged": "涉嫌。"}
    )

    code = shown.text(".sl-code__code")
    assert re.fullmatch(r"([0-9A-Z]{5}-){3}[0-9A-Z]{5}", code)
    again = pages.get(f"/desk/cases/{number}/decisions")
    assert code not in again.response.text
    assert come(pages.client.application, code)[1].path == "/party/case"


@pytest.mark.requirement("E5")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_decision_is_drafted_given_measures_approved_and_served_on_the_desk(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    report = make_report(state=ReportState.VERIFIED, officer=officer)
    number = make_case(report, officer=officer)
    party = str(make_party(number, officer))
    home = f"/desk/cases/{number}/decisions"
    assert home in pages.get(f"/desk/cases/{number}").links()

    empty = pages.post(pages.get(f"{home}/draft"), {})
    assert len(empty.problems()) >= 4
    said = {"source": "report", "basis": "penalty-57", "facts": FACTS}
    page = pages.post(empty, said | {"objection_to": "市局", "court": "区人民法院"})
    assert f"{home}/1/approve" not in page.links()
    measure = {"party": party, "measure": "warning", "detail": "予以警告。"}
    page = pages.post(pages.get(f"{home}/1/add-measure"), measure)
    assert "予以警告。" in page.text("main")
    head_pages, _head = desk(Role.DEPARTMENT_HEAD, language=language)
    for act in ("approve", "withdraw"):
        named = head_pages.get(f"{home}/1/{act}").text(".govuk-inset-text")
        assert {"某书店", "予以警告。", FACTS} == {
            one for one in ("某书店", "予以警告。", FACTS) if one in named
        }
    page = head_pages.post(head_pages.get(f"{home}/1/approve"), {})
    papers = f"/desk/cases/{number}/papers"
    assert papers in page.links()
    assert "某书店" in page.text(".govuk-inset-text")
    tell_before(number, UUID(party), officer)
    assert "某书店" not in pages.get(home).text(".govuk-inset-text")
    paper = put_in(number, officer)
    assert f"{papers}/{paper}/serve" in pages.get(papers).links()
    said = {"way": "handed-over", "to_whom": "店主", "by_whom": "张三"}
    said |= {"party": party, "decision": "1", "served_on": today().isoformat()}
    page = pages.post(pages.get(f"{papers}/{paper}/serve"), said)
    assert "某书店" in page.text("main")
    assert "in-force" in [one.value for one in db.session.scalars(select(Decision.state))]


@pytest.mark.requirement("F11")
def test_a_review_is_found_on_the_list_taken_on_and_decided(app, desk, matter):
    number, party, officer = matter
    code = open_page(number, party, officer)
    make_decision(number, party=party, officer=officer, served=today())
    browser, _page = come(app, code)
    browser.post(browser.get("/party/case/decisions/1/objection"), {"text": "处罚过重。"})
    pages, _head = desk(Role.DEPARTMENT_HEAD)

    assert number in pages.get("/desk/reviews").text("main")
    page = pages.get(f"/desk/cases/{number}/decisions")
    [admit] = [link for link in page.links() if link.endswith("/admit")]
    page = pages.post(pages.get(admit), {"admissible": "yes"})
    [decide] = [link for link in page.links() if link.endswith("/decide")]
    pages.post(pages.get(decide), {"outcome": "upheld", "reasons": "程序合法。"})

    assert "程序合法。" in browser.get("/party/case").text("main")
    assert number not in pages.get("/desk/reviews").text("main")


@pytest.mark.requirement("F13")
def test_every_page_about_the_decisions_of_another_unit_is_not_there(desk, matter):
    number, party, _officer = matter
    make_decision(number, approved=False)
    pages, _head = desk(Role.DEPARTMENT_HEAD, department=ELSEWHERE, region="320402")
    home = f"/desk/cases/{number}"
    some = f"{home}/reviews/00000000-0000-0000-0000-000000000000"
    paths = [f"{home}/decisions", f"{home}/decisions/draft", f"{home}/decisions/1/add-measure"]
    paths += [f"{home}/decisions/1/approve", f"{some}/decide"]
    paths += [f"{home}/parties/{party}/page", f"{home}/parties/{party}/hearing", f"{some}/admit"]

    for path in paths:
        assert pages.get(path).status == 404, path
    assert number not in pages.get("/desk/reviews").text("main")


def test_a_file_of_a_party_is_opened_within_its_case_only(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number, other = make_case(officer=officer), make_case(officer=officer)
    party = make_party(number, officer)
    open_page(number, party, officer)
    file = make_evidence(b"%PDF-1.4\n%%EOF\n", "a.pdf", actor=PUBLIC)
    write_statement(WriteStatement(party, "见附件。", (file.id,)), actor=PUBLIC)

    page = pages.get(f"/desk/cases/{number}/decisions")
    [link] = [one for one in page.links() if one.endswith("/original")]
    assert pages.get(link, follow=False).status in {200, 303}
    assert pages.get(link.replace(number, other)).status == 404


@pytest.mark.requirement("P12")
@pytest.mark.usefixtures("known_place")
@pytest.mark.parametrize("stored", [1, 8])
def test_the_pages_take_as_many_statements_whatever_is_in_them(app, desk, counted, stored):
    pages, _head = desk(Role.DEPARTMENT_HEAD)
    officer = make_officer()
    report = make_report(state=ReportState.VERIFIED, officer=officer)
    number = make_case(report, officer=officer)
    for _one in range(stored):
        party = make_party(number, officer)
        code = open_page(number, party, officer)
        make_decision(number, party=party, officer=officer, served=today())
        write_statement(WriteStatement(party, "陈述。"), actor=PUBLIC)
    browser, _page = come(app, code)
    for client, path, most in (
        (pages, f"/desk/cases/{number}/decisions", 21),
        (pages, "/desk/reviews", 5),
        (browser, "/party/case", 12),
    ):
        client.get(path)
        with counted() as statements:
            assert client.get(path).status == 200
        assert len(statements) <= most, (path, len(statements), statements)


@pytest.mark.requirement("F11")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_of_a_party_shows_no_canary_of_the_reporter_in_its_whole_life(app, language):
    officer = make_officer()
    file = make_evidence(b"%PDF-1.4\n%%EOF\n", f"{CANARIES['file']}.pdf", actor=PUBLIC)
    report = make_report(
        state=ReportState.VERIFIED,
        officer=officer,
        narrative=CANARIES["narrative"],
        title=CANARIES["title"],
        place=CANARIES["place"],
        contact_mode=ContactMode.NAMED,
        identity=Identity(CANARIES["name"], CANARIES["phone"], CANARIES["email"]),
        files=(file.id,),
    )
    number = make_case(report, officer=officer)
    party = make_party(number, officer)
    code = open_page(number, party, officer)
    browser, page = come(app, code, language)
    seen = [page]
    seen.append(browser.post(browser.get("/party/case/statement"), {"text": "我的申辩。"}))
    seen.append(browser.post(browser.get("/party/case/hearing"), {"text": "当面说。"}))
    refuse_hearing(RefuseHearing(number, party, "不符合听证条件。"), actor=make_head())
    seen.append(browser.get("/party/case"))
    make_decision(number, party=party, officer=officer, served=today())
    seen.append(browser.get("/party/case"))
    objection = browser.get("/party/case/decisions/1/objection")
    seen += [objection, browser.post(objection, {"text": "不服。"})]
    review = db.session.scalars(select(Review.id)).one()
    reviewer = make_head()
    admit_review(AdmitReview(number, review, admissible=True), actor=reviewer)
    seen.append(browser.get("/party/case"))
    order = DecideReview(number, review, ReviewOutcome.OVERTURNED, "事实不清。")
    decide_review(order, actor=reviewer)
    seen.append(browser.get("/party/case"))
    case = db.session.scalars(select(Case).where(Case.number == number)).one()
    secrets = [*CANARIES.values(), report.reference, str(report.id), report.id.hex, str(case.id)]
    secrets.append("盗版光盘案")  # what the office calls the case for itself

    for shown in seen:
        everything = shown.response.text + str(shown.response.headers)
        assert shown.status == 200
        for secret in secrets:
            assert secret not in everything, (shown.path, secret)
        assert not re.search(r"\d{1,2}:\d{2}", shown.text("main")), shown.path
