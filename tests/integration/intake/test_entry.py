"""What staff enter for others: the same flow, the time it came, and a code to be read out."""

import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pikepdf
import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.infra.database import db
from portal.intake.content import Content
from portal.intake.models import (
    Channel,
    Clock,
    ContactMode,
    Report,
    ReporterIdentity,
    ReportFile,
    ReportKind,
)
from portal.intake.queries import content_of
from portal.intake.service import Identity, SubmitReport, enter_report
from portal.jurisdiction.place import Stage
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotPermitted, RuleBroken
from portal.kernel.reference import parse_receipt
from tests.factories.accounts import actor_of, enter_desk, make_account, sign_in
from tests.factories.evidence import picture
from tests.pages import Pages

PATH = "/desk/reports/new"
FORM = "main form[novalidate]"
HERE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(params=["zh-Hans", "en"])
def desk(app, request) -> Pages:
    """A clerk at the desk, in each language."""
    pages = Pages(app, request.param)
    enter_desk(pages, make_account(Role.TRIAGE_CLERK, department="TRIAGE@000000"))
    return pages


@pytest.fixture
def english_desk(app) -> Pages:
    pages = Pages(app, "en")
    enter_desk(pages, make_account(Role.TRIAGE_CLERK, department="TRIAGE@000000"))
    return pages


CALLER = Identity("李例", "139")


def only_report() -> Report:
    return db.session.scalars(select(Report)).one()


def command(**changes) -> SubmitReport:
    asked = {
        "token": bytes(16),
        "content": Content(narrative="来电反映有人卖盗版光盘"),
        "contact_mode": ContactMode.ANONYMOUS,
        "language": "zh-Hans",
        "channel": Channel.TELEPHONE,
    }
    return SubmitReport(**(asked | changes))


@pytest.mark.requirement("B1")
def test_a_call_is_entered_with_its_time_and_its_code_is_read_out(desk):
    page = desk.get(PATH)
    page = desk.post(
        page,
        {
            "channel": "telephone",
            "received_at": "2026-11-18T09:30",
            "narrative": "来电反映有人卖盗版光盘",
            "contact_mode": "confidential",
            "name": "李例",
            "phone": "139",
            "consents": "y",
        },
        form=FORM,
    )

    assert (page.path, page.status) == (f"{PATH}/receipt", 200)
    code = page.text(".sl-code__code")
    assert parse_receipt(code) is not None
    assert code.replace("-", "").isdigit()
    report = only_report()
    assert (report.channel, report.kind) == (Channel.TELEPHONE, ReportKind.TIP)
    assert report.received_at == datetime(2026, 11, 18, 9, 30, tzinfo=HERE)
    assert report.entered_at > report.received_at
    assert report.entered_by is not None
    assert db.session.scalars(select(ReporterIdentity)).one().fields == ["name", "phone"]
    clocks = db.session.scalars(select(Clock).where(Clock.stage == Stage.ACCEPT)).all()
    assert [clock.starts_on for clock in clocks] == [date(2026, 11, 18)]

    assert desk.post(page, {"last_four": "0000"}, form=FORM).status == 422
    page = desk.post(page, {"last_four": code.replace("-", "")[-4:]}, form=FORM)
    assert not page.has(".sl-code__code")
    assert desk.post(page, form=f"form[action={PATH}/receipt/done]").path == PATH
    assert desk.get(f"{PATH}/receipt").status == 404


def test_the_code_of_a_call_opens_the_report_on_the_public_page(english_desk, app):
    form = {"channel": "telephone", "narrative": "pirated discs"}
    page = english_desk.post(english_desk.get(PATH), form, form=FORM)
    code = page.text(".sl-code__code")

    public = Pages(app, "en")
    opened = public.post(public.get("/track"), {"code": code.replace("-", " ")})

    assert opened.path == "/track/report"


@pytest.mark.requirement("B1")
def test_the_trail_says_that_somebody_helped(english_desk):
    english_desk.post(
        english_desk.get(PATH), {"channel": "visit", "narrative": "pirated discs"}, form=FORM
    )

    event = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "report.receive")
    ).one()
    assert event.details["assisted"] == "True"
    assert event.details["channel"] == "visit"
    assert event.actor_id == only_report().entered_by


@pytest.mark.requirement("B3")
def test_an_instruction_from_above_has_author_date_and_text_and_no_reporter(desk):
    page = desk.post(
        desk.get(PATH),
        {
            "channel": "instruction",
            "instructed_by": "某局办公室 王示",
            "instructed_on": "2026-11-19",
            "narrative": "请查处示例市场的盗版光盘",
            "contact_mode": "named",
            "name": "不应留下",
            "phone": "139",
        },
        form=FORM,
    )

    assert page.path == f"{PATH}/receipt"
    report = only_report()
    assert (report.kind, report.channel) == (ReportKind.INSTRUCTION, Channel.INSTRUCTION)
    assert report.contact_mode is ContactMode.ANONYMOUS
    assert db.session.scalars(select(ReporterIdentity)).all() == []
    content = content_of(report)
    assert (content.instructed_by, content.instructed_on) == ("某局办公室 王示", "2026-11-19")
    assert "王示".encode() not in (report.content or b"")


def test_what_is_missing_or_lies_in_the_future_is_said_beside_its_field(english_desk):
    form = english_desk.get(PATH)
    ahead = datetime.now(HERE) + timedelta(days=2)
    sent = {
        "channel": "instruction",
        "received_at": ahead.strftime("%Y-%m-%dT%H:%M"),
        "instructed_on": ahead.strftime("%Y-%m-%d"),
    }

    page = english_desk.post(form, sent, form=FORM)

    assert page.status == 422
    assert page.problems() == [
        "The time of receipt lies in the future",
        "Enter who gave the instruction",
        "The date of the instruction lies in the future",
        "Tell us what happened, in your own words",
    ]
    assert english_desk.post(form, {"channel": None}, form=FORM).problems()[0] == (
        "Choose how it came"
    )


@pytest.mark.requirement("U13")
def test_a_letter_needs_three_answers_and_the_rest_is_filled_in(english_desk):
    page = english_desk.get(PATH)
    assert page.fields(FORM)["received_at"]
    scan = (io.BytesIO(picture()), "letter.jpg")

    answers = {"channel": "letter", "narrative": "pirated", "files": scan}
    sent = english_desk.post(page, answers, form=FORM)

    report = only_report()
    assert (report.channel, content_of(report).narrative) == (Channel.LETTER, "pirated")
    assert [one.report_id for one in db.session.scalars(select(ReportFile))] == [report.id]
    assert sent.path == f"{PATH}/receipt"
    assert not sent.text(".sl-code__code").replace("-", "").isdigit()
    assert english_desk.get(f"{PATH}/receipt.pdf").response.mimetype == "application/pdf"


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ("telephone", "Read the code out now."),
        ("visit", "Read the code out or hand over the printed receipt now."),
        ("letter", "Print the receipt and enclose it with your answer to the letter."),
        ("hand-over", "Pass the printed receipt on to whoever is to follow the report."),
    ],
)
def test_how_the_code_is_handed_over_follows_the_way_the_report_came(english_desk, channel, said):
    form = {"channel": channel, "narrative": "pirated discs"}

    page = english_desk.post(english_desk.get(PATH), form, form=FORM)

    assert said in page.text("main")
    assert ("say them back" in page.text("main")) == (channel in {"telephone", "visit"})


@pytest.mark.requirement("U5")
def test_whoever_enters_a_report_sees_its_place_in_the_trail_like_a_reporter(english_desk):
    form = {"channel": "visit", "narrative": "pirated discs"}

    page = english_desk.post(english_desk.get(PATH), form, form=FORM)

    received = db.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "report.receive")
    ).one()
    assert f"{received.seq} · {received.hash}" in page.text("main")


@pytest.mark.parametrize(("language", "title"), [("zh-Hans", "zh"), ("en", "en")])
def test_the_paper_is_in_the_language_of_the_report_not_of_the_clerk(desk, language, title):
    form = {"channel": "letter", "narrative": "pirated discs", "language": language}
    desk.post(desk.get(PATH), form, form=FORM)

    answer = desk.get(f"{PATH}/receipt.pdf").response

    with pikepdf.open(io.BytesIO(answer.data)) as paper:
        assert str(paper.Root.Lang).startswith(title)


def test_sending_the_form_again_with_other_words_keeps_what_was_entered_first(english_desk):
    form = english_desk.get(PATH)
    english_desk.post(form, {"channel": "letter", "narrative": "first"}, form=FORM)

    page = english_desk.post(form, {"channel": "letter", "narrative": "second"}, form=FORM)

    assert page.path == f"{PATH}/receipt"
    assert page.has(".govuk-notification-banner")
    assert content_of(only_report()).narrative == "first"


def test_nobody_without_the_right_gets_to_the_form(app):
    assert "/desk/sign-in" in Pages(app).get(PATH).path
    finance = Pages(app)
    assert sign_in(finance, make_account(Role.FINANCE), to=PATH).status == 403


@pytest.mark.parametrize(
    ("actor", "changes", "refusal"),
    [
        (Actor.public(), {}, NotPermitted),
        ("clerk", {"channel": Channel.WEB}, RuleBroken),
        ("clerk", {"received_at": datetime(2999, 1, 1, tzinfo=UTC)}, RuleBroken),
        ("clerk", {"category": "no.such"}, RuleBroken),
        ("clerk", {"contact_mode": ContactMode.NAMED, "identity": CALLER}, RuleBroken),
    ],
)
def test_the_service_refuses_by_itself(app, actor, changes, refusal):
    who = actor_of(make_account(Role.TRIAGE_CLERK)) if actor == "clerk" else actor

    with pytest.raises(refusal):
        enter_report(command(**changes), actor=who)
    assert db.session.scalars(select(Report)).all() == []


@pytest.mark.requirement("F14")
def test_who_a_caller_is_is_kept_only_after_they_have_agreed_and_the_trail_says_so(english_desk):
    sent = {"channel": "telephone", "narrative": "pirated discs", "contact_mode": "named"}
    sent |= {"name": "李例", "phone": "139"}

    page = english_desk.post(english_desk.get(PATH), sent, form=FORM)
    assert (page.status, page.problems()) == (
        422,
        ["Ask the reporter whether name and contact may be kept"],
    )
    assert db.session.scalars(select(Report)).all() == []
    assert english_desk.post(page, sent | {"consents": "y"}, form=FORM).status == 200

    received = select(AuditEvent.details).where(AuditEvent.action == "report.receive")
    assert db.session.scalars(received).one()["consent"] == "identity"


@pytest.mark.requirement("B3")
def test_the_file_of_an_instruction_shows_who_gave_it_and_when(english_desk):
    sent = {
        "channel": "instruction",
        "instructed_by": "Office of the Invented Mayor",
        "instructed_on": "2026-11-19",
        "narrative": "look into the example market",
    }
    english_desk.post(english_desk.get(PATH), sent, form=FORM)

    page = english_desk.get(f"/desk/reports/{only_report().reference}")

    assert "Office of the Invented Mayor, on 2026-11-19" in page.text("dl")


@pytest.mark.requirement("F21")
def test_a_report_of_addresses_only_is_taken_where_nothing_may_be_described(english_desk):
    sent = {"channel": "visit", "category": "piracy.online", "urls": "www.example.com/only"}

    page = english_desk.post(english_desk.get(PATH), sent, form=FORM)
    assert page.problems() == ["Tell us what happened, in your own words"]
    link_only = {**sent, "category": "child_abuse.material"}
    assert english_desk.post(page, link_only, form=FORM).path == f"{PATH}/receipt"
    report = only_report()
    assert content_of(report).urls == ("www.example.com/only",)
    assert report.restricted
