"""Papers: drafted, made final with a number, put into the file, served."""

import io
from dataclasses import replace
from datetime import timedelta

import pikepdf
import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.cases.models import CasePaper
from portal.cases.queries.access import get_case
from portal.cases.queries.page import get_page
from portal.cases.service.filling import (
    Strike,
    WaivePaper,
    strike_paper,
    strike_party,
    waive_paper,
)
from portal.cases.service.moving import MoveCase, move_case
from portal.cases.service.reading import open_paper
from portal.cases.states import CaseAction, CaseEnding
from portal.casework.service.verification import AnswerReport, answer_report
from portal.decisions.states import ServiceWay
from portal.infra.database import db
from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Role
from portal.kernel.deadline import DayUnit, due_on
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken
from portal.kernel.page import Window
from portal.papers.models import MadePaper
from portal.papers.queries.papers import get_made, list_made, list_to_serve
from portal.papers.service.drafting import (
    DraftPaper,
    OnPaper,
    RewritePaper,
    discard_paper,
    draft_paper,
    print_draft,
    rewrite_paper,
)
from portal.papers.service.issuing import issue_paper
from portal.papers.service.serving import StrikeService, record_service, strike_service
from portal.papers.states import PaperState
from tests.factories.cases import make_case, today
from tests.factories.casework import make_actor, make_head, make_officer, make_supervisor
from tests.factories.intake import make_report
from tests.factories.papers import (
    FACTS,
    PARTY,
    make_draft,
    make_final,
    make_party,
    service_of,
)
from tests.papers import words_of

# A paper that is served and carries no decision.
SERVED = "order-to-correct"
WHY = "送错了人"
pytestmark = pytest.mark.usefixtures("app")
ELSEWHERE = "CULTURE_ENF@320402"


@pytest.fixture
def officer():
    return make_officer()


@pytest.fixture
def number(officer):
    return make_case(officer=officer)


def refused(code, call, *arguments, actor):
    with pytest.raises(RuleBroken) as refusal:
        call(*arguments, actor=actor)
    assert refusal.value.code == code


def paper_of(number, made, officer):
    """The final paper, read back as the file of the case has it."""
    line = get_made(db.session(), number, made, officer)
    opened = open_paper(number, line.file_id, actor=officer)
    return pikepdf.open(io.BytesIO(b"".join(opened.chunks)))


@pytest.mark.requirement("B6")
def test_a_paper_is_made_from_the_record_and_counts_for_its_step(number, officer):
    made = make_draft(number, officer)

    given = issue_paper(OnPaper(number, made), actor=officer)

    with paper_of(number, made, officer) as paper:
        words = words_of(paper)
    for said in ("行政处罚决定书", given, number, PARTY, FACTS, "武进区文化市场综合执法大队"):
        assert said in words, said
    forms = [one.form for one in get_page(db.session(), number, officer).papers]
    assert forms == ["penalty-decision"]


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_paper_is_an_accessible_document_for_the_archive(number, officer, language):
    made = make_final(number, officer, language=language)

    with paper_of(number, made, officer) as paper:
        said = {str(key): str(value) for key, value in paper.open_metadata().items()}
        root = paper.Root
        tagged, marked, spoken = "/StructTreeRoot" in root, root.MarkInfo.Marked, str(root.Lang)
        embedded = [
            "/FontFile3" in font.DescendantFonts[0].FontDescriptor
            for page in paper.pages
            for font in page.Resources.Font.values()
        ]

    assert said["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
    assert said["{http://www.aiim.org/pdfa/ns/id/}part"] == "2"
    assert said["{http://www.aiim.org/pdfa/ns/id/}conformance"] == "A"
    assert tagged
    assert marked
    assert spoken == ("en" if language == "en" else "zh")
    assert embedded
    assert all(embedded)


def test_what_people_write_is_no_markup_and_what_the_typeface_lacks_is_a_box(number, officer):
    hostile = '#strong[不是] *标* $x$ `代码` <标签> @引用 \\u{41} \u202e反\u202c 😀 مرحبا "#sys'

    made = make_final(number, officer, facts=hostile)

    with paper_of(number, made, officer) as paper:
        words = words_of(paper)
    assert '#strong[不是] *标* $x$ `代码` <标签> @引用 \\u{41} 反 □ □□□□□ "#sys' in words


def test_a_draft_says_that_it_is_one_and_bears_no_number(number, officer):
    made = make_draft(number, officer)

    printed = print_draft(number, made, actor=officer)

    with pikepdf.open(io.BytesIO(printed.body)) as paper:
        words = words_of(paper)
    assert "草稿" in words
    assert "-2026-" not in words.replace(number, "")
    assert printed.name == f"{number}-penalty-decision.pdf"


def test_a_paper_lists_the_reports_of_the_case_and_nothing_else_of_them(number, officer):
    made = make_final(number, officer, "report-sheet")
    [report] = get_page(db.session(), number, officer).reports

    with paper_of(number, made, officer) as paper:
        assert report.reference in words_of(paper)


def test_each_kind_of_paper_has_its_own_numbers_in_a_unit_and_a_struck_one_keeps_its_own(
    number, officer
):
    made = [make_draft(number, officer) for _one in range(3)]
    other = make_draft(number, officer, "advance-notice")
    given = [issue_paper(OnPaper(number, one), actor=officer) for one in made[:2]]
    paper = db.session.scalars(select(CasePaper).order_by(CasePaper.added_at.desc())).first()
    strike_paper(Strike(number, paper.id), actor=officer)

    given.append(issue_paper(OnPaper(number, made[2]), actor=officer))
    first = issue_paper(OnPaper(number, other), actor=officer)

    assert [one[-4:] for one in given] == ["0001", "0002", "0003"]
    assert first.endswith("advance-notice-0001")
    struck = get_made(db.session(), number, made[1], officer)
    assert (struck.number, struck.struck, struck.waits) == (given[1], True, False)


def test_a_refused_paper_uses_no_number(number, officer):
    nobody = DraftPaper(number, "penalty-decision", {"facts": "x"})
    made = draft_paper(nobody, actor=officer)
    refused("paper-without-party", issue_paper, OnPaper(number, made), actor=officer)

    given = issue_paper(OnPaper(number, make_draft(number, officer)), actor=officer)

    assert given.endswith("-0001")


def test_a_paper_is_made_final_once_and_not_changed_after_that(number, officer):
    made = make_final(number, officer)

    for act, order in (
        (issue_paper, OnPaper(number, made)),
        (discard_paper, OnPaper(number, made)),
        (rewrite_paper, RewritePaper(number, made, {"facts": "另写"})),
    ):
        with pytest.raises(MoveRefused):
            act(order, actor=officer)


def test_a_draft_is_written_anew_or_thrown_away(number, officer):
    made, gone = make_draft(number, officer), make_draft(number, officer)

    order = RewritePaper(number, made, {"facts": "改后的事实", "reply": "不是这种文书的栏目"}, "en")
    rewrite_paper(order, actor=officer)
    discard_paper(OnPaper(number, gone), actor=officer)

    [line] = list_made(db.session(), number, officer)
    assert (line.id, line.language, line.party) == (made, "en", None)
    assert db.session.get_one(MadePaper, gone).state is PaperState.DISCARDED


def test_whoever_saw_an_older_case_does_not_overwrite(number, officer):
    made = make_draft(number, officer)
    seen = get_case(db.session(), number, officer).version
    make_party(number, officer, "另一家")

    with pytest.raises(MoveRefused):
        issue_paper(OnPaper(number, made, seen), actor=officer)


def test_only_the_unit_makes_papers_and_nobody_else_sees_them(number, officer):
    made = make_draft(number, officer)
    stranger, supervisor = make_officer(ELSEWHERE), make_supervisor()

    for act in (issue_paper, discard_paper):
        with pytest.raises(NotFound):
            act(OnPaper(number, made), actor=stranger)
    with pytest.raises(NotFound):
        print_draft(number, made, actor=stranger)
    with pytest.raises(NotFound):
        list_made(db.session(), number, stranger)
    assert list_made(db.session(), number, supervisor)


def test_whoever_oversees_another_unit_makes_no_paper_in_its_case(number, officer):
    made = make_draft(number, officer)
    overseeing = make_actor(Role.AUDITOR, department="SUPERVISION@320000", region="320000")

    with pytest.raises(NotFound):
        issue_paper(OnPaper(number, made), actor=overseeing)


def test_a_paper_or_a_party_of_another_case_is_not_there(number, officer):
    other = make_case(officer=officer)
    made, party = make_draft(other, officer), make_party(other, officer, "别案当事人")

    with pytest.raises(NotFound):
        issue_paper(OnPaper(number, made), actor=officer)
    with pytest.raises(NotFound):
        draft_paper(DraftPaper(number, "approval", {}, party=party), actor=officer)


def test_a_party_that_was_struck_out_gets_no_paper(number, officer):
    party = make_party(number, officer)
    made = make_draft(number, officer, party=party)

    assert get_made(db.session(), number, made, officer).unfit is None
    strike_party(Strike(number, party), actor=officer)

    refused("party-struck", issue_paper, OnPaper(number, made), actor=officer)
    assert get_made(db.session(), number, made, officer).unfit == "party-struck"


def test_a_closed_case_takes_no_more_papers(officer):
    report = make_report(state=ReportState.VERIFIED, officer=officer)
    number, head = make_case(report, officer=officer), make_head()
    made = make_draft(number, officer)
    answer_report(AnswerReport(report.reference, "已经立案。"), actor=officer)
    order = MoveCase(number, CaseAction.DROP, CaseEnding.NO_BREACH, "不成立")
    waive_paper(WaivePaper(number, "no-case-decision", "测试不附"), actor=head)
    move_case(order, actor=make_head())

    refused("case-is-closed", issue_paper, OnPaper(number, made), actor=officer)
    refused("case-is-closed", draft_paper, DraftPaper(number, "approval", {}), actor=officer)


def test_a_kind_that_is_not_made_here_is_refused(number, officer):
    order = DraftPaper(number, "payment-proof", {})

    refused("paper-not-made-here", draft_paper, order, actor=officer)


def test_what_is_written_on_a_paper_is_not_in_the_trail_and_not_plain_in_the_table(number, officer):
    canary = "金丝雀专用词"
    made = make_final(number, officer, SERVED, facts=canary)
    record_service(service_of(number, made, to_whom=canary, note=canary), actor=officer)

    trail = db.session.scalars(select(AuditEvent)).all()
    stored = db.session.get_one(MadePaper, made)
    assert canary not in repr([(one.action, one.details) for one in trail])
    assert canary.encode() not in stored.words


# --- Service -------------------------------------------------------------------------------------


def test_a_final_paper_waits_to_be_served_and_then_its_times_run(number, officer):
    made = make_final(number, officer, SERVED)
    [waiting] = list_to_serve(db.session(), officer, Window()).items
    assert (waiting.id, waiting.party.name) == (made, PARTY)

    record_service(service_of(number, made), actor=officer)

    assert list_to_serve(db.session(), officer, Window()).items == ()
    [service] = get_made(db.session(), number, made, officer).services
    calendar = current_place().calendar
    assert {one.name.en: one.until for one in service.runs} == {
        "Apply for administrative review": due_on(today(), 60, DayUnit.CALENDAR, calendar).on,
    }


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("refused-is-left", {"refused": True}),
        ("left-without-witness", {"way": ServiceWay.LEFT, "refused": True, "witness": " "}),
        ("electronic-without-consent", {"way": ServiceWay.ELECTRONIC}),
        ("served-ahead", {"on": 1}),
        ("served-before-made", {"on": -1}),
    ],
)
def test_a_service_that_would_not_hold_is_refused(number, officer, code, more):
    made = make_final(number, officer, SERVED)
    on = today() + timedelta(days=more.pop("on", 0))

    refused(code, record_service, service_of(number, made, on, **more), actor=officer)


def test_what_is_refused_is_left_before_a_witness(number, officer):
    made = make_final(number, officer, SERVED)
    left = {"way": ServiceWay.LEFT, "refused": True, "witness": "居委会王某（示例）"}

    record_service(service_of(number, made, **left), actor=officer)

    [service] = get_made(db.session(), number, made, officer).services
    assert (service.refused, service.witness) == (True, "居委会王某（示例）")


def test_a_service_that_was_struck_out_stays_and_the_paper_waits_again(number, officer):
    made = make_final(number, officer, SERVED)
    record_service(service_of(number, made), actor=officer)
    [service] = get_made(db.session(), number, made, officer).services

    strike_service(StrikeService(number, service.id, WHY), actor=officer)

    line = get_made(db.session(), number, made, officer)
    assert (line.waits, line.services[0].struck_at is not None) == (True, True)
    assert [one.id for one in list_to_serve(db.session(), officer, Window()).items] == [made]
    with pytest.raises(NotFound):
        strike_service(StrikeService(number, service.id, WHY), actor=officer)


def test_a_draft_an_inner_paper_and_a_struck_one_are_not_served(number, officer):
    draft, inner = make_draft(number, officer), make_final(number, officer, "approval")
    struck = make_final(number, officer)
    paper_id = db.session.get_one(MadePaper, struck).case_paper_id
    strike_paper(Strike(number, paper_id), actor=officer)

    unknown = replace(service_of(number, inner), paper_id=draft)
    with pytest.raises(NotFound):
        record_service(unknown, actor=officer)
    refused("paper-not-served", record_service, service_of(number, inner), actor=officer)
    refused("paper-struck", record_service, service_of(number, struck), actor=officer)


def test_the_list_of_what_is_to_be_served_goes_page_by_page_and_stays_in_scope(number, officer):
    made = [make_final(number, officer) for _one in range(3)]

    first = list_to_serve(db.session(), officer, Window(limit=2))
    second = list_to_serve(db.session(), officer, Window(first.after, limit=2))
    back = list_to_serve(db.session(), officer, Window(second.before, backwards=True, limit=2))

    assert [one.id for one in (*first.items, *second.items)] == made
    assert back.items == first.items
    assert list_to_serve(db.session(), make_officer(ELSEWHERE), Window()).items == ()
