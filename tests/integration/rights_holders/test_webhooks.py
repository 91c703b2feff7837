"""Programs are called when something changes: each message once, signed, and nobody else's."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from portal.audit.models import AuditEvent
from portal.casework.service.acceptance import DeclineReport, decline_report
from portal.casework.service.conversation import AddNote, AskReporter, add_note, ask_reporter
from portal.casework.service.timekeeping import RunOn, run_on
from portal.casework.service.waiting import end_long_waits
from portal.infra.database import db
from portal.infra.fetching.guard import NoVisit, is_open_to_all
from portal.infra.fetching.visiting import Network
from portal.infra.tasks import Task, TaskKind, TaskState
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken
from portal.kernel.page import Window
from portal.rights_holders.queries.webhooks import get_message, list_messages
from portal.rights_holders.rules.sheets import COMPLAINT_COLUMNS
from portal.rights_holders.rules.webhooks import (
    KEPT,
    MOST_SECRETS,
    WAITS,
    WebhookEnd,
    WebhookEvent,
)
from portal.rights_holders.service import webhooks as service
from portal.rights_holders.service.calling import call_over, call_webhook
from portal.rights_holders.service.complaints import (
    FileComplaint,
    SendSheet,
    declare_sheet,
    file_complaint_now,
    send_sheet,
)
from portal.rights_holders.service.filing import file_complaint
from portal.rights_holders.service.news import find_lost_calls, forget_calls, spread_news
from portal.rights_holders.service.organisations import RefuseOrganisation, refuse_organisation
from portal.rights_holders.service.webhooks import AddWebhook, add_webhook
from portal.rights_holders.sheets import read_sheet
from portal.rights_holders.states import OrganisationReason
from portal.rights_holders.webhook_models import Webhook, WebhookMessage
from tests.factories.accounts import enter_desk
from tests.factories.rights_holders import (
    GOOD,
    make_organisation,
    make_outsider,
    make_token,
    outsider,
    verifier,
    with_its_unit,
    workbook,
)
from tests.factories.servers import make_certificate, network_of, serving
from tests.pages import Pages
from tests.programs import Program

CLOCK = Actor.system("clock")
MACHINE = Actor.system("call_webhook")
ALL = tuple(WebhookEvent)


class Receiver:
    """A program as the standard wants it: it verifies, and does each thing once by its id."""

    def __init__(self, site, secret):
        self.site, self.secrets = site, [secret]
        self.down, self.status, self.done, self.tries = False, 204, {}, []
        site.answer = self.answer

    def answer(self, _path):
        headers = {name.lower(): value for name, value in self.site.asked[-1][1].items()}
        self.tries.append(headers["webhook-id"])
        for secret in self.secrets:
            said = Verifier(secret).verify(self.site.bodies[-1], headers)
        self.done.setdefault(headers["webhook-id"], said)
        if self.down:
            raise ConnectionAbortedError  # it has done its work, and nobody hears of it
        return self.status, {}, b"" if self.status == 204 else b"no: " + b"x" * 2000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    files = make_certificate(tmp_path_factory.mktemp("tls"))
    with serving(certificate=files) as site:
        yield site, network_of(site, trust=files[0])


@pytest.fixture
def person(app):
    spread_news(actor=CLOCK)
    return make_outsider()


@pytest.fixture
def organisation(person):
    return make_organisation(person, works=1)


def begin(site, organisation, person, events=ALL):
    """Have a site called, and a receiver there."""
    site.asked.clear()
    site.bodies.clear()
    service.is_called_name = lambda _host, _port: True  # the port of a test is any
    url = site.at("/hook").replace("http:", "https:")
    made = add_webhook(AddWebhook(organisation.number, url, events), actor=outsider(person))
    return Receiver(site, made.secret)


@pytest.fixture(autouse=True)
def _any_port(monkeypatch):
    monkeypatch.setattr(service, "is_called_name", service.is_called_name)


def run(network):
    """Do what the dispatcher and the runner do with calls that are due; how many there were."""
    now = datetime.now(UTC)
    wanted = select(Task).where(
        Task.kind == TaskKind.CALL_WEBHOOK, Task.state == TaskState.PENDING, Task.not_before <= now
    )
    due = db.session.scalars(wanted).all()
    for task in due:
        task.state, task.done_at = TaskState.DONE, now
    db.session.commit()
    for task in due:
        call_over(network, task.subject_id, actor=MACHINE)
    return len(due)


def own_webhook():
    db.session.expire_all()
    return db.session.scalars(select(Webhook)).one()


def file_one(organisation, person, **changes):
    command = FileComplaint(organisation.number, GOOD | changes, "zh-Hans")
    return file_complaint_now(command, actor=outsider(person))


def test_a_receiver_that_is_down_for_an_hour_does_each_thing_once(server, organisation, person):
    site, network = server
    receiver = begin(site, organisation, person)
    receiver.down = True
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        file_one(organisation, person)
        assert [spread_news(actor=CLOCK) for _time in range(2)] == [1, 0]
        for _minute in range(60):
            run(network)
            clock.shift(timedelta(minutes=1))
        assert 3 < len(receiver.tries) < 12
        receiver.down = False
        for _minute in range(60):
            run(network)
            clock.shift(timedelta(minutes=1))

    assert len(set(receiver.tries)) == len(receiver.done) == 1
    [said] = receiver.done.values()
    assert said["type"] == "complaint.state-changed"
    assert said["data"].keys() == {"organisation", "complaint", "state", "reference", "stage"}
    assert (said["data"]["complaint"], said["data"]["state"]) == (1, "filed")
    assert len(set(site.bodies)) == 1
    line = get_message(db.session(), organisation.number, 1, 1, outsider(person))
    assert line.delivered_at is not None
    assert [one.status for one in line.attempts][-1] == 204
    assert {one.failure for one in line.attempts[:-1]} <= {NoVisit.NOT_HTTP, NoVisit.NO_ANSWER}
    assert own_webhook().failing_since is None


def test_what_waits_behind_a_message_that_did_not_arrive_is_said_to_go_when_the_address_is_called(
    server, organisation, person
):
    site, network = server
    receiver = begin(site, organisation, person)
    receiver.down = True
    with time_machine.travel(datetime.now(UTC), tick=False):
        now = datetime.now(UTC)
        for at in range(2):
            file_one(organisation, person, url=f"https://pirate.example/{at}")
            spread_news(actor=CLOCK)
        run(network)
        rests = own_webhook().rest_until

        lines = [
            get_message(db.session(), organisation.number, 1, at, outsider(person)) for at in (1, 2)
        ]

    assert [len(one.attempts) for one in lines] == [1, 0]
    assert [one.next_at >= rests > now for one in lines] == [True, True]


def test_what_the_office_writes_and_decides_is_told_and_what_a_desk_does_is_not(
    server, organisation, person
):
    site, network = server
    receiver = begin(site, organisation, person)
    file_one(organisation, person)
    report, officer = with_its_unit()
    spread_news(actor=CLOCK)
    add_note(AddNote(report.reference, "只供内部"), actor=officer)
    assert spread_news(actor=CLOCK) == 0
    ask_reporter(AskReporter(report.reference, "哪一版？"), actor=officer)
    decline_report(DeclineReport(report.reference, "decline.no-breach"), actor=officer)
    spread_news(actor=CLOCK)
    run(network)
    run(network)

    told = [(one["type"], one["data"]) for one in receiver.done.values()]
    kinds = [kind for kind, _data in told]
    assert kinds.count("complaint.message") == 2
    assert kinds.count("complaint.decision") == 1
    [decided] = [data for kind, data in told if kind == "complaint.decision"]
    assert (decided["stage"], decided["decision"]) == ("not-taken-on", "decline.no-breach")
    assert "哪一版" not in json.dumps(told, ensure_ascii=False)
    assert {data["organisation"] for _kind, data in told} == {organisation.number}


def test_each_change_is_told_by_itself_as_it_was_then_however_many_are_read_at_once(
    server, organisation, person
):
    begin(server[0], organisation, person)
    file_one(organisation, person)
    report, officer = with_its_unit()
    ask_reporter(AskReporter(report.reference, "哪一版？"), actor=officer)
    decline_report(DeclineReport(report.reference, "decline.no-breach"), actor=officer)
    spread_news(actor=CLOCK)

    rows = db.session.scalars(select(WebhookMessage).order_by(WebhookMessage.number)).all()
    changes = [one.payload["data"] for one in rows if one.event is WebhookEvent.STATE_CHANGED]
    stages = [one["stage"] for one in changes]
    assert stages == ["being-routed", "with-department", "waiting-for-you", "not-taken-on"]
    assert {one["state"] for one in changes} == {"filed"}
    assert spread_news(actor=CLOCK) == 0


def test_a_wait_that_ends_without_a_reply_is_told_as_it_was(server, organisation, person):
    begin(server[0], organisation, person)
    file_one(organisation, person)
    report, officer = with_its_unit()
    for question in ("哪一版？", "哪一家书店？"):
        ask_reporter(AskReporter(report.reference, question), actor=officer)
    run_on(RunOn(report.reference), actor=officer)
    ask_reporter(AskReporter(report.reference, "哪一天？"), actor=officer)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=120)):
        assert end_long_waits(actor=CLOCK) == 1
    spread_news(actor=CLOCK)

    rows = db.session.scalars(select(WebhookMessage).order_by(WebhookMessage.number)).all()
    stages = [
        (one.event.value.removeprefix("complaint."), one.payload["data"]["stage"]) for one in rows
    ]
    waits, works = "waiting-for-you", "with-department"
    changes = [stage for event, stage in stages if event == "state-changed"]
    assert changes == ["being-routed", works, waits, works, waits, works]
    asked = [stage for event, stage in stages if event == "message"]
    assert asked == [waits, waits, waits]


def test_what_is_told_again_has_its_waits_anew_and_only_the_verified_are_called_again(
    server, organisation, person
):
    site, network = server
    receiver, actor = begin(site, organisation, person), outsider(person)
    receiver.status, number = 500, organisation.number
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        file_one(organisation, person)
        spread_news(actor=CLOCK)
        for _hours in range(8):
            run(network)
            clock.shift(timedelta(hours=3))
        service.resend(number, 1, 1, actor=actor)
        run(network)
        message = db.session.scalars(select(WebhookMessage)).one()
        assert message.next_at - datetime.now(UTC) == WAITS[0]
    own_webhook().disabled_at = datetime.now(UTC)
    db.session.commit()
    refuse = RefuseOrganisation(number, OrganisationReason.MISUSE, "查实滥用投诉")
    refuse_organisation(refuse, actor=verifier())
    with pytest.raises(RuleBroken, match="organisation-not-verified"):
        service.enable_webhook(number, 1, actor=actor)


def test_a_call_that_was_lost_with_its_worker_is_left_anew(server, organisation, person):
    begin(server[0], organisation, person)
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        file_one(organisation, person)
        spread_news(actor=CLOCK)
        assert find_lost_calls(actor=CLOCK) == 0
        clock.shift(timedelta(minutes=11))
        assert [find_lost_calls(actor=CLOCK) for _time in range(2)] == [1, 0]


def test_a_batch_is_told_to_be_finished_once_and_an_event_that_was_not_chosen_is_not(
    server, organisation, person
):
    site, network = server
    receiver = begin(site, organisation, person, (WebhookEvent.BATCH_FINISHED,))
    head = ("作品", "侵权网址", "发现日期", "事实", "权利依据")
    rows = [("1", f"https://pirate.example/{at}", "2026-11-01", "下载", "权利人") for at in (1, 2)]
    sheet = read_sheet(workbook(head, *rows), COMPLAINT_COLUMNS)
    actor = outsider(person)
    sent = send_sheet(SendSheet(organisation.number, sheet, "zh-Hans"), actor=actor)
    declare_sheet(organisation.number, sent, actor=actor)
    assert spread_news(actor=CLOCK) == 0
    for task in db.session.scalars(select(Task).where(Task.kind == TaskKind.FILE_COMPLAINT)).all():
        file_complaint(task.subject_id, actor=MACHINE)
        spread_news(actor=CLOCK)
    spread_news(actor=CLOCK)
    run(network)

    [said] = receiver.done.values()
    assert (said["type"], said["data"]["batch"], said["data"]["rows"]) == ("batch.finished", 1, 2)


def test_both_secrets_sign_for_a_day_after_a_change_and_a_message_is_sent_again_with_its_id(
    server, organisation, person
):
    site, network = server
    receiver, actor = begin(site, organisation, person), outsider(person)
    number = organisation.number
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        receiver.secrets.append(service.rotate_secret(number, 1, actor=actor))
        file_one(organisation, person)
        spread_news(actor=CLOCK)
        run(network)
        assert len(receiver.done) == 1

        clock.shift(timedelta(days=1))
        old = receiver.secrets.pop(0)
        service.resend(number, 1, 1, actor=actor)
        run(network)
        assert (len(receiver.tries), len(receiver.done)) == (2, 1)
        receiver.secrets = [old]
        service.resend(number, 1, 1, actor=actor)
        with pytest.raises(WebhookVerificationError):
            receiver.answer("/hook")
        clock.shift(KEPT)
        assert forget_calls(actor=CLOCK) == 1
        assert db.session.scalars(select(WebhookMessage)).all() == []


def test_a_secret_signs_for_a_day_however_often_it_is_changed_meanwhile(
    server, organisation, person
):
    site, network = server
    receiver, actor = begin(site, organisation, person), outsider(person)
    number = organisation.number
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        for _time in range(MOST_SECRETS - 1):
            clock.shift(timedelta(hours=1))
            receiver.secrets.append(service.rotate_secret(number, 1, actor=actor))
        with pytest.raises(RuleBroken, match="secret-changed-too-often"):
            service.rotate_secret(number, 1, actor=actor)
        file_one(organisation, person)
        spread_news(actor=CLOCK)
        run(network)
        assert (len(receiver.done), len(receiver.secrets)) == (1, MOST_SECRETS)

        clock.shift(timedelta(hours=24 - MOST_SECRETS + 2))
        receiver.secrets.pop(0)
        receiver.secrets.append(service.rotate_secret(number, 1, actor=actor))
        service.resend(number, 1, 1, actor=actor)
        run(network)
        assert len(receiver.tries) == 2
        assert db.session.scalars(select(WebhookMessage)).one().delivered_at is not None


def test_a_change_of_the_secret_that_is_sent_again_changes_nothing_again(
    app, server, organisation, person
):
    receiver = begin(server[0], organisation, person)
    program = Program(app, make_token(organisation, person))

    first = program("POST", "/webhooks/1/secret", key="once").get_json()["secret"]
    again = program("POST", "/webhooks/1/secret", key="once")

    assert (again.status_code, again.get_json()) == (200, {"secret": None})
    assert first not in receiver.secrets
    assert program.client.post("/api/v1/webhooks/1/secret").status_code == 401
    rotated = [one for one in db.session.scalars(select(AuditEvent.action)) if "rotate" in one]
    assert rotated == ["webhook.rotate"]


def test_an_address_at_which_nothing_arrives_for_days_is_called_no_more_until_an_owner_says_so(
    app, server, organisation, person
):
    site, network = server
    receiver, actor = begin(site, organisation, person), outsider(person)
    receiver.status, browser = 500, Pages(app)
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        for day in range(6):
            file_one(organisation, person, url=f"https://pirate.example/{day}")
            spread_news(actor=CLOCK)
            for _hours in range(4):
                run(network)
                clock.shift(timedelta(hours=6))
        assert own_webhook().disabled_for is WebhookEnd.FAILING
        tries = len(receiver.tries)
        file_one(organisation, person, url="https://pirate.example/last")
        assert (spread_news(actor=CLOCK), run(network), len(receiver.tries)) == (0, 0, tries)
        given_up = get_message(db.session(), organisation.number, 1, 1, actor)
        assert given_up.given_up_at is not None
        assert given_up.attempts[0].said.startswith("no: xxx")
        assert len(given_up.attempts[0].said) == 1000
        with pytest.raises(RuleBroken, match="webhook-not-called"):
            service.resend(organisation.number, 1, 1, actor=actor)

        enter_desk(browser, person)
        assert "已停止接收通知" in browser.get(f"/rights-holders/{organisation.number}").text()
        place = f"/rights-holders/{organisation.number}/webhooks/1"
        page = browser.get(place)
        assert "五天来没有一条通知送达" in page.text()
        receiver.status = 204
        browser.post(page, form=f"form[action={place}/enable]")
        page = browser.get(place)
        browser.post(page, form=f"form[action={place}/messages/1/resend]")
        run(network)
        assert own_webhook().failing_since is None


@pytest.mark.parametrize(
    "url",
    [
        *("https://127.0.0.1/", "https://2130706433/", "https://0x7f.1/", "https://[::1]/"),
        *("https://[::ffff:169.254.169.254]/", "https://169.254.169.254/", "https://localhost/"),
        *("https://a:b@hooks.example/", "https://hooks.example:22/", "http://hooks.example/"),
        *(
            "ftp://hooks.example/",
            "https://10.0.0.1/",
            "nonsense",
            "https://h.example/" + "x" * 500,
        ),
    ],
)
def test_an_address_inside_or_without_tls_is_not_taken(organisation, person, url):
    with pytest.raises(RuleBroken):
        add_webhook(AddWebhook(organisation.number, url, ALL), actor=outsider(person))


def test_a_name_that_leads_inside_opens_no_connection_and_a_redirect_is_not_followed(
    server, organisation, person
):
    site, network = server
    receiver = begin(site, organisation, person)
    file_one(organisation, person)
    spread_news(actor=CLOCK)
    webhook, before = own_webhook().id, site.connections
    inside = (
        *("127.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1"),
        *("10.0.0.1", "100.64.0.1"),
    )
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        for number in inside:
            for numbers in ((number,), ("8.8.8.8", number)):
                net = Network(
                    lambda *_, n=numbers: n, lambda one, _port: is_open_to_all(one, 443), ""
                )
                clock.shift(timedelta(minutes=30))
                call_over(net, webhook, actor=MACHINE)
        clock.shift(timedelta(minutes=30))
        call_webhook(webhook, actor=MACHINE)
        assert site.connections == before

        clock.shift(timedelta(hours=1))
        site.answer = lambda _path: (302, {"Location": site.at("/other")}, b"")
        service.resend(organisation.number, 1, 1, actor=outsider(person))
        call_over(network, webhook, actor=MACHINE)
    assert (receiver.tries, len(site.asked)) == ([], 1)
    line = get_message(db.session(), organisation.number, 1, 1, outsider(person))
    assert line.attempts[-1].status == 302
    # Whoever reads the log learns of no name inside: it is as if there were none.
    assert {one.failure for one in line.attempts[:-1]} == {NoVisit.NO_SUCH_HOST}
    assert line.delivered_at is None


def test_the_log_takes_as_many_statements_for_one_message_as_for_many(
    server, known_place, organisation, person, counted
):
    site, network = server
    begin(site, organisation, person)
    actor, counts = outsider(person), []
    for at in range(4):
        file_one(organisation, person, url=f"https://pirate.example/{at}")
        spread_news(actor=CLOCK)
        run(network)
        with counted() as statements:
            list_messages(db.session(), organisation.number, 1, Window(), actor)
        counts.append(len(statements))

    assert len(set(counts)) == 1


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_an_owner_adds_an_address_sees_the_secret_once_and_reads_the_log(
    app, organisation, person, language
):
    browser, place = Pages(app, language), f"/rights-holders/{organisation.number}/webhooks"
    enter_desk(browser, person)
    page, chosen = browser.get(f"{place}/add"), ["complaint.state-changed"]
    refused = browser.post(page, {"url": "https://10.0.0.1/"})
    assert refused.status == 422
    assert len(refused.find(".govuk-error-summary a")) == 2, "the address, and what it is told"
    page = browser.get(f"{place}/add")
    shown = browser.post(page, {"url": "https://hooks.example/a", "events": chosen})
    assert "whsec_" in shown.text()
    for path in (place, f"{place}/1"):
        assert "whsec_" not in browser.get(path).text()
        assert "hooks.example" in browser.get(path).text()
    file_one(organisation, person)
    spread_news(actor=CLOCK)
    nowhere = Network(lambda *_: (), lambda *_: False, "")
    run(nowhere)
    log = browser.get(f"{place}/1")
    assert "complaint.state-changed" in log.text()
    page = browser.get(f"{place}/1/secret")
    changed = browser.post(page, form=f"form[action={place}/1/secret]")
    assert "whsec_" in changed.text()
    assert log.find(f"form[action={place}/1/end]") == [], "not at one press"
    asked = browser.get(f"{place}/1/end")
    browser.post(asked, form=f"form[action={place}/1/end]")
    assert f"{place}/1/end" not in browser.get(f"{place}/1").links()
    assert not browser.get(f"{place}/1/end").has("main form")
