"""What an officer typed comes back whatever refuses it, and can then be sent as it is."""

import pytest
from sqlalchemy import select

from portal.casework.service.conversation import AddNote, add_note
from portal.infra.database import db
from portal.intake.models import Message, MessageKind
from portal.intake.states import ReportState
from portal.kernel.actor import Role
from tests.factories.casework import make_officer
from tests.factories.intake import make_report

S = ReportState
WORDS = "已到店检查，查扣盗版教材四十二册，依法处理。"


def answers(report) -> int:
    of_report = Message.report_id == report.id
    return len(db.session.scalars(select(Message).where(of_report, kind_is_answer())).all())


def kind_is_answer():
    return Message.kind == MessageKind.ANSWER


def test_an_answer_that_a_colleague_overtook_comes_back_and_can_be_sent(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.VERIFIED, officer=officer)
    form = pages.get(f"/desk/reports/{report.reference}/answer")
    add_note(AddNote(report.reference, "同事的话。"), actor=make_officer())

    refused = pages.post(form, {"text": WORDS})
    said_before = answers(report)
    sent = pages.post(refused)

    assert (refused.status, said_before) == (409, 0)
    assert refused.fields()["text"].strip() == WORDS
    assert sent.path == f"/desk/reports/{report.reference}"
    assert answers(report) == 1


def test_an_answer_sent_from_a_page_that_was_open_too_long_comes_back(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.VERIFIED, officer=officer)
    form = pages.get(f"/desk/reports/{report.reference}/answer")

    page = pages.post(form, {"text": WORDS, "csrf_token": "an old one"})

    assert page.status == 400
    assert page.fields()["text"].strip() == WORDS
    assert answers(report) == 0


@pytest.mark.requirement("U1")
def test_whoever_gave_the_contested_result_is_offered_nothing_that_would_be_refused(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    report = make_report(state=S.CONTESTED, officer=officer)

    page = pages.get(f"/desk/reports/{report.reference}")

    offered = [link["href"] for link in page.find(".sl-acts a")]
    assert not any(link.endswith(("/verify", "/answer", "/close")) for link in offered)
    assert page.find(".govuk-inset-text")


@pytest.mark.requirement("U1")
def test_a_contested_report_lies_on_the_heap_and_a_colleague_is_offered_to_verify_it(desk):
    report = make_report(state=S.CONTESTED, officer=make_officer())
    pages, _colleague = desk(Role.CASE_OFFICER)

    page = pages.get(f"/desk/reports/{report.reference}")

    assert report.handler_id is None
    assert any(link["href"].endswith("/verify") for link in page.find(".sl-acts a"))


def test_every_act_with_a_text_gives_it_back(app):
    """A view of the desk whose form has a text of many lines stands under `returns_form`."""
    pages_with_text = {
        "casework.decline",
        "casework.return",
        "casework.verify",
        "casework.answer",
        "casework.close_unrouted",
        "casework.ask",
        "casework.note",
        "casework.instruct",
        "casework.extend",
        "casework.stand_still",
        "casework.hand_over",
        "casework.route",
        "casework.original",
        "casework.report_lead",
        "casework.return_lead",
        "casework.route_lead",
        "casework.follow_lead",
        "casework.follow",
    }

    assert [one for one in pages_with_text if not typed_of(app, one)] == []


def typed_of(app, endpoint: str):
    view = app.view_functions[endpoint]
    while view is not None:
        if getattr(view, "typed", None):
            return view.typed
        view = getattr(view, "__wrapped__", None)
    return None
