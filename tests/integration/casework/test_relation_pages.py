"""Two reports side by side on the desk, and what neither reporter ever learns."""

import pytest
from sqlalchemy import select

from portal.casework.service.merging import MergeReports, merge_reports
from portal.feedback.service import WriteToDesk, write_to_desk
from portal.infra.database import db
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from portal.triage.models import LikenessOffer, ReportRelation
from portal.triage.states import RelationKind
from tests.factories.casework import make_officer
from tests.factories.intake import now
from tests.integration.feedback.reporter import Reporter

S = ReportState
FIRST = "第一人的金丝雀：示例路12号的书店，电话13800000001，卖盗版教材。"
SECOND = "第二人的金丝雀：示例路12号那家店，电话13800000001，又在卖。"


@pytest.fixture
def both(app):
    """Two reporters, each with a report at one desk; the second is offered the first."""
    first, second = Reporter(app), Reporter(app)
    one = first.send(S.ROUTED, narrative=FIRST)
    other = second.send(S.ROUTED, narrative=SECOND)
    reasons = ["same-phone", "same-house"]
    db.session.add(
        LikenessOffer(report_id=other.id, other_id=one.id, reasons=reasons, found_at=now())
    )
    db.session.commit()
    return first, second


def addresses(reporter):
    return f"/desk/reports/{reporter.sent.reference}"


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_offers_come_first_with_their_reasons_and_lead_to_both_side_by_side(desk, both, language):
    pages, _officer = desk(Role.CASE_OFFICER, language=language)
    first, second = both

    page = pages.get(addresses(second))

    headings = [one.text for one in page.find("main h2")]
    offered = page.one("#alike").text
    assert headings[0] == offered
    side = pages.get(f"{addresses(second)}/compare/{first.sent.reference}")
    text = side.text("main")
    assert FIRST in text
    assert SECOND in text
    assert "13800000001" in [mark.text for mark in side.find("mark")]


@pytest.mark.parametrize("kind", list(RelationKind))
def test_a_button_decides_and_another_takes_it_back(desk, both, kind):
    pages, _officer = desk(Role.CASE_OFFICER)
    first, second = both
    page = pages.get(f"{addresses(second)}/compare/{first.sent.reference}")

    page = pages.post(page, {"decision": kind.value, "note": "同一家店"})

    assert page.status == 200
    made = db.session.scalars(select(ReportRelation)).one()
    assert (made.kind, made.reasons) == (kind, ["same-phone", "same-house"])
    assert page.one("#relations")
    assert not page.find("#alike")
    assert "同一家店" in page.text("main")
    action = f"{addresses(second)}/relations/{made.id}/undo"
    page = pages.post(page, {}, form=f"form[action={action}]")
    db.session.expire_all()
    assert made.undone_at is not None
    assert page.one("#alike")


def test_a_page_without_a_decision_or_a_needed_reason_comes_back(desk, both):
    pages, _officer = desk(Role.CASE_OFFICER)
    first, second = both
    page = pages.get(f"{addresses(second)}/compare/{first.sent.reference}")

    assert pages.post(page, {}).status == 422
    later_leads = {"decision": "merged", "leading": second.sent.reference}
    assert pages.post(page, later_leads).status == 422
    assert db.session.scalars(select(ReportRelation)).all() == []


@pytest.mark.requirement("U44")
def test_another_units_report_is_not_shown_beside_ones_own(desk, both):
    pages, _officer = desk(Role.CASE_OFFICER)
    first, second = both
    first.report.department_code = "CULTURE_ENF@320402"
    db.session.commit()

    page = pages.get(addresses(second))

    assert not page.find("#alike")
    assert first.sent.reference not in page.text()
    for one, other in ((first, second), (second, first)):
        answer = pages.get(f"{addresses(one)}/compare/{other.sent.reference}")
        assert answer.status == 404


def test_the_officer_is_warned_that_an_answer_goes_to_several(desk, both):
    pages, officer = desk(Role.CASE_OFFICER)
    first, second = both
    merge_reports(MergeReports(first.sent.reference, second.sent.reference), actor=officer)
    pages.post(pages.get(f"{addresses(first)}/accept"), {})

    assert pages.get(f"{addresses(first)}/ask").find("main .govuk-warning-text")
    assert not pages.get(f"{addresses(first)}/note").find("main .govuk-warning-text")
    followed = pages.get(addresses(second))
    acts = [one.get("href") for one in followed.find("main .sl-acts a")]
    assert acts
    assert all(act.endswith(("/note", "/instruct", "/step-aside", "/papers")) for act in acts)


def test_the_page_of_a_report_with_many_neighbours_takes_no_more_statements(desk, both, counted):
    pages, officer = desk(Role.CASE_OFFICER)
    first, second = both
    merge_reports(MergeReports(first.sent.reference, second.sent.reference), actor=officer)
    write_to_desk(WriteToDesk(second.sent.report_id, "补充一句"), actor=Actor.public())
    pages.get(addresses(first))  # that it was opened is noted once an hour

    with counted() as statements:
        assert pages.get(addresses(first)).status == 200

    assert len(statements) <= 14, statements


@pytest.mark.requirement("U44")
def test_neither_reporter_learns_of_the_other_whatever_is_done(app, both):
    first, second = both
    officer = make_officer()
    before = [reporter.come_back().text("main") for reporter in both]
    merge_reports(
        MergeReports(first.sent.reference, second.sent.reference, note="两件一样"), actor=officer
    )
    for reporter, text in zip(both, before, strict=True):
        assert reporter.come_back().text("main") == text
    write_to_desk(WriteToDesk(second.sent.report_id, "第二人又说"), actor=Actor.public())
    write_to_desk(WriteToDesk(first.sent.report_id, "第一人又说"), actor=Actor.public())

    for reporter, other, words in (
        (first, second, ("第二人", SECOND)),
        (second, first, ("第一人", FIRST)),
    ):
        for language in ("zh-Hans", "en"):
            page = reporter.come_back(language=language)
            shown = page.response.text
            assert other.sent.reference not in shown
            assert not any(word in shown for word in words)
            for said in ("合并", "并入", "两件一样", "merged", "duplicate", "similar"):
                assert said not in page.text("main")
