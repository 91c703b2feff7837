"""The file of a case has what was decided, what the party said, and how its objection ended."""

import io

import pikepdf
import pytest

from portal.cases.service.filling import Strike, strike_party
from portal.casework.service.verification import AnswerReport, answer_report
from portal.decisions.service.party import (
    AskForHearing,
    RefuseHearing,
    WriteStatement,
    ask_for_hearing,
    refuse_hearing,
    write_statement,
)
from portal.decisions.service.reviewing import AdmitReview, admit_review
from portal.decisions.states import ReviewOutcome
from portal.feedback.service import ContestResult, contest_result
from portal.infra.database import db
from portal.papers.models import BoundFile
from portal.papers.service import binding
from portal.papers.states import BoundState
from tests.factories.casework import make_head
from tests.factories.decisions import ALLEGED, FACTS, make_party
from tests.factories.evidence import make_evidence
from tests.factories.papers import bag_of, bound, of_kind, words_on
from tests.integration.decisions.matter import PUBLIC, Matter, judge
from tests.papers import words_of

pytestmark = pytest.mark.usefixtures("app")


def pdf(pages=1):
    made = io.BytesIO()
    with pikepdf.new() as paper:
        for _page in range(pages):
            paper.add_blank_page(page_size=(595, 842))
        paper.save(made)
    return made.getvalue()


@pytest.mark.requirement("B7")
@pytest.mark.requirement("F11")
@pytest.mark.parametrize(
    ("language", "titles"),
    [
        ("zh-Hans", ("处理决定", "与当事人的往来文书", "复查")),
        ("en", ("Decision", "What passed between the office and a party", "Review")),
    ],
)
def test_decision_letters_and_objection_are_bound_with_the_papers(language, titles):
    matter, body = Matter(), pdf()
    sent = make_evidence(body, "进货单.pdf", actor=PUBLIC)
    write_statement(WriteStatement(matter.party, "货是别人寄存的。", (sent.id,)), actor=PUBLIC)
    ask_for_hearing(AskForHearing(matter.party, "想当面说明。"), actor=PUBLIC)
    refuse_hearing(RefuseHearing(matter.number, matter.party, "不符合条件。"), actor=matter.head)
    matter.decide()
    matter.object()
    judge(matter, ReviewOutcome.OVERTURNED, make_head())

    pieces, files = bag_of(matter, bound(matter, language))

    [decision], [letters] = of_kind(pieces, "decision"), of_kind(pieces, "letters")
    [review], [file] = of_kind(pieces, "review"), of_kind(pieces, "sent")
    assert [one["title"].partition(". ")[2] for one in (decision, letters, review)] == [*titles]
    expected = {
        decision["file"]: (FACTS, "予以警告。", "某书店", "区人民法院"),
        letters["file"]: (
            *(ALLEGED, "货是别人寄存的。", "进货单.pdf", "想当面说明。"),
            *("不符合条件。", "处罚过重。"),
        ),
        review["file"]: ("某书店", "理由如下。"),
    }
    for piece in (decision, letters, review):
        said = words_on(piece, files)
        assert [one for one in expected[piece["file"]] if one not in said] == [], said
    assert files[f"data/{file['file']}"] == body
    assert "进货单" not in file["file"]


@pytest.mark.requirement("B7")
@pytest.mark.parametrize(("language", "mark"), [("zh-Hans", "已划去"), ("en", "struck out")])
def test_what_a_party_wrote_that_was_struck_out_later_is_bound_as_well(language, mark):
    matter = Matter()
    write_statement(WriteStatement(matter.party, "我们不是经营者。"), actor=PUBLIC)
    strike_party(Strike(matter.number, matter.party), actor=matter.officer)

    pieces, files = bag_of(matter, bound(matter, language))

    [letters] = of_kind(pieces, "letters")
    said = words_on(letters, files)
    assert [one for one in (ALLEGED, "我们不是经营者。", "某书店", mark) if one not in said] == []


def test_a_draft_and_a_party_that_said_nothing_are_no_pieces_of_the_file():
    matter = Matter()
    make_party(matter.number, matter.officer, "没有开口的店")
    matter.decide(approved=False, served=None)

    pieces, _files = bag_of(matter, bound(matter))

    assert pieces == []


@pytest.mark.requirement("A7")
@pytest.mark.requirement("F11")
def test_of_a_review_that_a_reporter_asked_for_the_file_has_no_words():
    matter = Matter(upto="file finish-investigation notify")
    matter.decide()
    answer = AnswerReport(matter.report.reference, "已经作出处罚。")
    answer_report(answer, actor=matter.officer)
    contested = ContestResult(matter.report.id, "contest.still-going-on", "金丝雀又看见了。")
    contest_result(contested, actor=PUBLIC)
    refused = AdmitReview(matter.number, matter.review.id, False, "金丝雀住在对面。")  # noqa: FBT003
    admit_review(refused, actor=make_head())

    pieces, files = bag_of(matter, bound(matter))

    [review] = of_kind(pieces, "review")
    assert "举报人" in words_on(review, files)
    assert "金丝雀" not in words_on(review, files)
    assert not [name for name, body in files.items() if "金丝雀".encode() in body]


def test_nobody_keeps_a_file_from_being_bound_by_what_they_send(monkeypatch):
    matter = Matter()
    large, small = pdf() + b"%" + b"x" * 5000, pdf()
    for body in (large, small):
        sent = make_evidence(body, "材料.pdf", actor=PUBLIC)
        write_statement(WriteStatement(matter.party, "见附件。", (sent.id,)), actor=PUBLIC)
    monkeypatch.setattr(binding, "MOST_BYTES", 4000)

    bound_id = bound(matter)

    assert db.session.get_one(BoundFile, bound_id).state is BoundState.BOUND
    pieces, files = bag_of(matter, bound_id)
    assert [bool(one["file"]) for one in of_kind(pieces, "sent")] == [False, True]
    with pikepdf.open(io.BytesIO(files["data/case-file.pdf"])) as paper:
        assert "文件过大，未装订" in words_of(paper)


def test_a_file_of_a_party_with_too_many_pages_is_in_the_bag_and_the_others_are_printed(
    monkeypatch,
):
    matter, long = Matter(), pdf(pages=3)
    for body in (long, pdf()):
        sent = make_evidence(body, "材料.pdf", actor=PUBLIC)
        write_statement(WriteStatement(matter.party, "见附件。", (sent.id,)), actor=PUBLIC)
    monkeypatch.setattr(binding, "MOST_SENT_PAGES", 2)

    bound_id = bound(matter)

    assert db.session.get_one(BoundFile, bound_id).state is BoundState.BOUND
    pieces, files = bag_of(matter, bound_id)
    first, second = of_kind(pieces, "sent")
    assert (files[f"data/{first['file']}"], bool(second["file"])) == (long, True)
    with pikepdf.open(io.BytesIO(files["data/case-file.pdf"])) as paper:
        said = words_of(paper)
    assert (first["file"] in said, second["file"] in said) == (True, False)


def test_no_service_is_said_to_be_of_a_page_that_is_no_paper():
    matter = Matter()
    matter.decide()

    pieces, _files = bag_of(matter, bound(matter))

    [decision] = of_kind(pieces, "decision")
    assert decision["services"] == []
