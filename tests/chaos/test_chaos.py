"""What is promised while everything breaks (G1-G6, G12), on a real installation."""

import asyncio
import contextlib
import random
import time
from collections import Counter

import pytest

from bench.client import Citizen, Origin, hidden_fields
from bench.running import answers, installation
from bench.texts import make_text
from tests.chaos import breaking
from tests.chaos.reporters import FORM, Reporters, attachment, filled_in, read_receipt
from tests.loops import in_a_loop
from workers.launcher.machine import postgres_programs
from workers.launcher.postgres import throwaway_cluster

RAGE_SECONDS = 30
CALM_SECONDS = 60

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


def wait_for(claim, what, seconds=CALM_SECONDS):
    give_up = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < give_up, what()
        time.sleep(0.2)


def pending(here):
    return here.rows(
        "SELECT kind, attempts, not_before, lease_until, last_error FROM task"
        " WHERE state = 'pending'"
    )


@pytest.mark.requirement("G1")
@pytest.mark.requirement("G2")
@pytest.mark.requirement("G3")
@pytest.mark.requirement("G4")
def test_no_receipt_is_lost_and_each_report_is_routed_once_while_processes_are_killed(
    here, examine
):
    seed = random.randrange(10**6)

    with Reporters(here.base) as reporters:
        done = breaking.rage(here, RAGE_SECONDS, random.Random(seed))
    wait_for(lambda: answers(here.port, "/"), lambda: here.output[-2000:])
    breaking.let_time_pass(here, breaking.AFTER_MANY)
    wait_for(lambda: not pending(here), lambda: (seed, done, pending(here), here.output[-3000:]))

    found = examine()
    kept = {report["reference"]: report for report in found["reports"]}
    told = f"seed {seed}, {done}, {reporters.sent} sent, {reporters.cut_off} cut off"
    assert len(reporters.promises) >= 10, told
    for promise in reporters.promises:
        report = kept.get(promise.reference)
        assert report is not None, f"a receipt was lost: {told}"
        assert report["narrative"] == promise.narrative, told
        assert report["files"] == [promise.file_hash], told
    assert all(report["versions"] == [1] for report in kept.values()), told
    assert {report["state"] for report in kept.values()} == {"routed"}, told
    assert Counter(report["narrative"] for report in kept.values()).most_common(1)[0][1] == 1, told
    assert {state for _kind, state, _error in found["tasks"]} == {"done"}, (told, found["tasks"])
    assert found["fault"] is None, told


@pytest.mark.requirement("G12")
def test_the_same_form_sent_by_two_hands_at_once_is_one_report(here, examine):
    async def send():
        origin = Origin(here.base)
        citizen = Citizen(origin)
        fields = hidden_fields((await citizen.get(FORM)).text)
        text = make_text(random.Random())
        fields |= filled_in(text)
        sent = await asyncio.gather(*(citizen.post(FORM, fields) for _ in range(4)))
        pages = [await citizen.get("/report/receipt") for _ in sent]
        origin.close()
        return text, [answer.status for answer in sent], [page.text for page in pages]

    text, statuses, pages = in_a_loop(send())

    assert statuses == [303] * 4
    same = [report for report in examine()["reports"] if report["narrative"] == text]
    assert len(same) == 1
    assert all(same[0]["reference"] in page for page in pages)


@pytest.mark.requirement("T55")
@pytest.mark.requirement("G5")
def test_a_queue_that_hangs_is_nothing_to_the_form_and_the_work_is_done_later(here):
    async def send(count):
        origin = Origin(here.base, timeout=10)
        for _ in range(count):
            citizen = Citizen(origin)
            text, part = make_text(random.Random()), attachment(random.Random())
            fields = hidden_fields((await citizen.get(FORM)).text) | filled_in(text)
            (await citizen.post_files(FORM, fields, [("files", part)])).demand(303)
            read_receipt(await citizen.get("/report/receipt"), text, part)
        origin.close()

    server = here.named("valkey-server")
    server.suspend()
    try:
        # The client gives up after ten seconds; a request that waited for the queue would hang.
        in_a_loop(send(8))
        assert len(pending(here)) >= 8
    finally:
        server.resume()

    breaking.let_time_pass(here)
    wait_for(lambda: not pending(here), lambda: pending(here))


@pytest.mark.requirement("T54")
@pytest.mark.requirement("G1")
def test_on_a_full_disk_nobody_gets_a_receipt_and_with_room_again_everybody_does(here, examine):
    async def send():
        origin = Origin(here.base, timeout=20)
        citizen = Citizen(origin)
        citizen.cookies["lang"] = "en"
        text = make_text(random.Random())
        fields = hidden_fields((await citizen.get(FORM)).text) | filled_in(text)
        with breaking.no_room_on_the_disk(here):
            refused = [await citizen.post(FORM, fields) for _ in range(4)]
        taken = await citizen.post(FORM, fields)
        receipt = await citizen.get("/report/receipt")
        origin.close()
        return text, refused, taken, receipt

    text, refused, taken, receipt = in_a_loop(send())

    for answer in refused:
        assert answer.status == 503
        assert "Nothing you sent was received" in answer.text
        assert not any("receipt" in name for name in answer.cookies)
    assert taken.status == 303
    kept = [report for report in examine()["reports"] if report["narrative"] == text]
    assert [report["reference"] in receipt.text for report in kept] == [True]


@pytest.mark.requirement("T54")
def test_on_a_full_disk_an_officer_gets_back_what_was_typed_and_nothing_is_half_done(here):
    token, reference = here.python("-m", "tests.chaos.officer").split()
    at, words = f"/desk/reports/{reference}/note", "店主说月底搬走，仓库钥匙在隔壁。"

    async def note():
        origin = Origin(here.base, timeout=20)
        officer = Citizen(origin)
        officer.cookies["desk"] = token
        fields = hidden_fields((await officer.get(at)).text, "seen") | {"text": words}
        with breaking.no_room_on_the_disk(here):
            refused = [await officer.post(at, fields) for _ in range(4)]
            half = [here.count(name) for name in ("message", "audit_event", "task")]
        done = await officer.post(at, fields)
        origin.close()
        return refused, half, done

    before = [here.count(name) for name in ("message", "audit_event", "task")]
    refused, half, done = in_a_loop(note())

    assert {answer.status for answer in refused} == {503}
    assert all(words in answer.text for answer in refused)
    assert half == before
    assert done.status == 303
    assert here.count("message") == before[0] + 1


@pytest.mark.requirement("T53")
@pytest.mark.requirement("G6")
def test_without_a_database_the_page_says_not_received_within_three_seconds():
    programs = postgres_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed")
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(contextlib.ExitStack())
        url = cluster.enter_context(throwaway_cluster(programs))
        web = stack.enter_context(installation(DATABASE_URL=url))
        web.run("setup", "--empty")
        web.start("run", "web")

        sent = in_a_loop(_send_when_it_is_gone(web, cluster.close))

    for answer, seconds in sent:
        assert answer.status == 503
        assert "Nothing you sent was received" in answer.text
        assert not any("receipt" in name for name in answer.cookies)
        assert seconds < 3


async def _send_when_it_is_gone(web, stop):
    """Send a form that was fetched in time, three times; the answers and their seconds."""
    origin = Origin(web.base, timeout=20)
    citizen = Citizen(origin)
    citizen.cookies["lang"] = "en"
    fields = hidden_fields((await citizen.get(FORM)).text) | filled_in("没有数据库的时候发送。")
    stop()
    sent = [await citizen.post(FORM, fields) for _ in range(3)]
    origin.close()
    return list(zip(sent, citizen.seconds[-3:], strict=True))
