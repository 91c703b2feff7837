"""The pages of papers: what they offer, to whom, and what they cost."""

from uuid import uuid4

import pytest

from portal.cases.service.filling import Strike, strike_party
from portal.decisions.service.drafting import (
    AddMeasure,
    SettleDecision,
    add_measure,
    settle_decision,
)
from portal.decisions.states import DecisionAction
from portal.infra.database import db
from portal.kernel.actor import Role
from portal.papers.models import MadePaper
from portal.papers.queries.papers import list_made
from portal.papers.service.binding import BindFile, ask_for_file, bind_file
from portal.papers.service.serving import record_service
from tests.factories.cases import TITLE, make_case, today
from tests.factories.casework import make_officer
from tests.factories.decisions import FACTS
from tests.factories.papers import (
    MACHINE,
    PARTY,
    make_draft,
    make_final,
    make_party,
    service_of,
)
from tests.integration.decisions.matter import Matter

ELSEWHERE = "CULTURE_ENF@320402"


@pytest.mark.requirement("B6")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_an_officer_makes_a_paper_and_records_its_service(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    number = make_case(officer=officer)
    party = make_party(number, officer)
    assert f"/desk/cases/{number}/papers" in pages.get(f"/desk/cases/{number}").links()
    kinds = pages.get(f"/desk/cases/{number}/papers/new")
    assert f"/desk/cases/{number}/papers/new/order-to-correct" in kinds.links()
    form = pages.get(f"/desk/cases/{number}/papers/new/order-to-correct")
    assert "盗版光盘" in form.text("textarea")

    pages.post(form, {"party": str(party), "demands": "立即改正。"})
    [made] = list_made(db.session(), number, officer)
    address = f"/desk/cases/{number}/papers/made/{made.id}"
    draft = pages.get(f"{address}/draft", follow=False)
    final = pages.post(pages.get(f"{address}/issue"), {})
    waiting = pages.get("/desk/cases/to-serve")
    sent = {"way": "handed-over", "served_on": today().isoformat(), "to_whom": "店主"}
    [made] = list_made(db.session(), number, officer)
    serve = f"/desk/cases/{number}/papers/{made.paper_id}/serve"
    served = pages.post(pages.get(serve), {**sent, "by_whom": "张三"})

    assert (draft.status, draft.response.mimetype) == (200, "application/pdf")
    assert "order-to-correct-0001" in final.text("main")
    assert PARTY in waiting.text("main")
    assert "店主" in served.text("main")
    assert PARTY not in pages.get("/desk/cases/to-serve").text("main")


def test_a_draft_is_written_anew_with_what_stands_on_it_and_thrown_away(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    made = make_draft(number, officer)
    address = f"/desk/cases/{number}/papers/made/{made}"
    form = pages.get(f"{address}/write")
    assert "412张" in form.text("main")

    pages.post(form, {"facts": "改后的事实"})
    assert "改后的事实" in pages.get(f"{address}/write").text("main")
    gone = pages.post(pages.get(f"{address}/discard"), {})

    assert gone.status == 200
    assert pages.get(f"{address}/write").status == 404


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_draft_for_a_party_that_was_struck_out_is_written_anew_before_it_is_made_final(
    desk, language
):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    number = make_case(officer=officer)
    party, other = make_party(number, officer), make_party(number, officer, "另一当事人")
    made = make_draft(number, officer, party=party)
    home = f"/desk/cases/{number}/papers"
    at = f"{home}/made/{made}"
    assert f"{at}/issue" in pages.get(home).links()

    strike_party(Strike(number, party), actor=officer)

    page = pages.get(home)
    assert {f"{at}/issue", f"{at}/draft"} & set(page.links()) == set()
    said = {"en": "This party was struck out", "zh-Hans": "这个当事人已被划去"}
    assert said[language] in page.text("main")
    assert pages.get(f"{at}/issue").status == 409
    page = pages.post(pages.get(f"{at}/write"), {"party": str(other)})
    assert f"{at}/issue" in page.links()


def test_a_paper_that_is_served_asks_for_its_party_and_keeps_what_was_typed(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    form = pages.get(f"/desk/cases/{number}/papers/new/order-to-correct")

    page = pages.post(form, {"party": "", "demands": "打好的决定"})

    assert page.status == 422
    assert "打好的决定" in page.text("main")


def test_a_service_that_would_not_hold_comes_back_with_a_sentence(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    made = make_final(number, officer, "order-to-correct")
    paper_id = db.session.get_one(MadePaper, made).case_paper_id
    form = pages.get(f"/desk/cases/{number}/papers/{paper_id}/serve")
    sent = {"way": "left", "served_on": today().isoformat(), "to_whom": "店主", "by_whom": "张三"}

    page = pages.post(form, sent)

    assert page.status == 422
    assert "见证人" in page.text("main")


def test_a_service_is_struck_out_on_its_page(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    made = make_final(number, officer, "order-to-correct")
    record_service(service_of(number, made), actor=officer)
    page = pages.get(f"/desk/cases/{number}/papers")
    [link] = [one for one in page.links() if one.endswith("/strike")]

    assert pages.post(pages.get(link), {}).status == 422
    page = pages.post(pages.get(link), {"reason": "送错了人"})

    assert "送错了人" in page.text("main")

    assert pages.get("/desk/cases/to-serve").text("main").count(PARTY) == 1


@pytest.mark.requirement("B6")
def test_the_proof_of_a_service_is_filled_in_from_it(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    made = make_final(number, officer, "order-to-correct")
    record_service(service_of(number, made), actor=officer)
    page = pages.get(f"/desk/cases/{number}/papers")
    [link] = [one for one in page.links() if "service-receipt" in one]

    proof = pages.get(link)
    saved = pages.post(proof, {})

    for said in ("直接送达", "店主（示例）", "张三、李四", "order-to-correct-0001"):
        assert said in proof.text("main"), said
    assert "送达回证" in saved.text("main")
    for wrong in ("nonsense", made):
        address = f"/desk/cases/{number}/papers/new/service-receipt?service={wrong}"
        assert pages.get(address).status == 404


@pytest.mark.requirement("B7")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_file_is_bound_on_a_page_and_found_among_the_bound_files(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    number = make_case(officer=officer)
    make_final(number, officer)
    address = f"/desk/cases/{number}/file"
    pages.post(pages.get(address), {})
    bound_id = ask_for_file(BindFile(number), actor=officer)
    bind_file(bound_id, actor=MACHINE)

    page = pages.get(address)
    bag = pages.get(f"{address}/{bound_id}/bag", follow=False)
    paper = pages.get(f"{address}/{bound_id}/pdf", follow=False)
    kept = pages.get(f"/desk/cases/files?number={number}")

    assert f"{address}/{bound_id}/bag" in page.links()
    assert bag.response.mimetype == "application/zip"
    assert paper.response.mimetype == "application/pdf"
    assert TITLE in kept.text("main")
    assert TITLE not in pages.get("/desk/cases/files?list=patrol").text("main")
    assert TITLE not in pages.get("/desk/cases/files?number=X").text("main")


@pytest.mark.requirement("F13")
def test_every_page_about_papers_of_another_unit_is_not_there(desk):
    owner = make_officer()
    number = make_case(officer=owner)
    made = make_final(number, owner)
    bound_id = ask_for_file(BindFile(number), actor=owner)
    bind_file(bound_id, actor=MACHINE)
    pages, _officer = desk(Role.CASE_OFFICER, department=ELSEWHERE, region="320402")

    of_paper = [
        f"papers/made/{made}/{act}" for act in ("write", "draft", "issue", "discard", "serve")
    ]
    of_case = ["papers", "papers/new", "papers/new/approval", "file", f"file/{bound_id}/pdf"]
    for path in (*of_paper, *of_case):
        assert pages.get(f"/desk/cases/{number}/{path}").status == 404, path


def test_a_kind_of_paper_that_is_not_made_here_has_no_page(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)

    for code in ("payment-proof", "no-such-paper"):
        assert pages.get(f"/desk/cases/{number}/papers/new/{code}").status == 404


def test_whoever_does_not_work_on_cases_has_no_page_of_papers(desk):
    number = make_case()
    pages, _auditor = desk(Role.AUDITOR)

    assert pages.get(f"/desk/cases/{number}/papers").status == 403


@pytest.mark.requirement("P12")
@pytest.mark.parametrize("stored", [1, 6])
def test_the_papers_of_a_case_and_the_lists_take_a_few_statements_whatever_is_in_them(
    desk, counted, stored
):
    pages, officer = desk(Role.CASE_OFFICER)
    number = make_case(officer=officer)
    for _one in range(stored):
        made = make_final(number, officer, "order-to-correct")
        make_final(number, officer)
        record_service(service_of(number, made), actor=officer)
        bind_file(ask_for_file(BindFile(number), actor=officer), actor=MACHINE)
    costs = {}
    for path in (f"{number}/papers", "to-serve", f"{number}/file", "files"):
        pages.get(f"/desk/cases/{path}")
        with counted() as seen:
            pages.get(f"/desk/cases/{path}")
        costs[path.rpartition("/")[2]] = len(seen)

    # One more when the process has just looked for a newer place.
    most = {"papers": 10, "to-serve": 3, "file": 7, "files": 3}
    assert all(costs[name] <= most[name] for name in most), costs


@pytest.mark.requirement("F22")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_standard_phrases_are_ticked_and_stand_in_their_part_in_the_language_of_the_paper(
    desk, language
):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    number = make_case(officer=officer)
    form = pages.get(f"/desk/cases/{number}/papers/new/closing-report")
    keys = [one.get("value") for one in form.find("input[name=phrases]")]
    assert len(keys) == 2

    sent = {"language": "en", "opinion": "As above.", "phrases": [keys[1]]}
    pages.post(form, sent)
    [made] = list_made(db.session(), number, officer)

    written = pages.get(f"/desk/cases/{number}/papers/made/{made.id}/write").text("main")
    assert "As above. Proposal: close the case and archive its file." in written
    again = pages.get(f"/desk/cases/{number}/papers/new/closing-report")
    assert pages.post(again, {"phrases": ["outcome: 已经改掉的语句"]}).status == 422
    bare = pages.get(f"/desk/cases/{number}/papers/new/sampling")
    assert not bare.find("input[name=phrases]")


@pytest.mark.requirement("B6")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_paper_that_carries_a_decision_begins_with_its_words(desk, language):
    pages, _officer = desk(Role.CASE_OFFICER, language=language)
    matter = Matter()
    address = f"/desk/cases/{matter.number}/papers/new"
    before = pages.get(f"{address}/penalty-decision")
    matter.decide(served=None)

    form = pages.get(f"{address}/penalty-decision")
    notice = pages.get(f"{address}/advance-notice")

    [chosen] = form.find("select[name=party] option[selected]")
    assert chosen.get("value") == str(matter.party)
    for words in (FACTS, "予以警告。"):
        assert words in form.text("form")
        assert words not in before.text("form")
        assert words not in notice.text("form")


@pytest.mark.requirement("E7")
def test_of_a_decision_about_several_each_party_gets_a_paper_with_what_is_ordered_of_it_alone(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    matter = Matter()
    other = make_party(matter.number, officer, "另一家")
    stranger = make_party(matter.number, officer, "无关的店")
    made = matter.decide(approved=False, served=None)
    order = AddMeasure(matter.number, made, other, "warning", "另一家停业三日。")
    add_measure(order, actor=matter.officer)
    approve = SettleDecision(matter.number, made, DecisionAction.APPROVE)
    settle_decision(approve, actor=matter.head)
    address = f"/desk/cases/{matter.number}/papers/new/penalty-decision"

    def of(form):
        [chosen] = form.find("select[name=party] option[selected]")
        assert FACTS in form.text("form")
        said = form.text("form")
        return chosen.get("value"), "予以警告。" in said, "另一家停业三日。" in said

    first = pages.get(address)
    assert of(first) == (str(matter.party), True, False)
    told, _, others = first.text().partition("其他当事人：")
    assert ("某书店" in told.partition("以下内容是给")[2], "另一家" in others) == (True, True)
    assert f"{address}?party={other}" in first.links()
    assert of(pages.get(f"{address}?party={other}")) == (str(other), False, True)
    pages.post(first, {})
    assert of(pages.get(address)) == (str(other), False, True), "the next has no paper yet"
    for wrong in (stranger, uuid4(), "no-id"):
        assert pages.get(f"{address}?party={wrong}").status == 404
    for paper in list_made(db.session(), matter.number, officer):
        assert paper.party_id == matter.party


@pytest.mark.parametrize(
    ("language", "warned"),
    [("zh-Hans", "不要写任何可能推知举报人的内容"), ("en", "nothing that could tell who reported")],
)
def test_who_writes_a_paper_for_a_party_is_told_who_reads_it(desk, language, warned):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    number = make_case(officer=officer)

    served, kept = (
        pages.get(f"/desk/cases/{number}/papers/new/{one}").text("main")
        for one in ("penalty-decision", "case-filing")
    )

    assert warned in served
    assert warned not in kept
