"""What an address gives is kept with hash and custody, and never where it is forbidden."""

import io
import re
import subprocess
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select
from warcio.archiveiterator import ArchiveIterator

from portal.audit.models import AuditEvent
from portal.evidence.models import MadeFile
from portal.evidence.queries import list_custody
from portal.evidence.states import CustodyAct
from portal.hosts.models import Capture, CaseAddress
from portal.hosts.queries.addresses import get_capture, get_online
from portal.hosts.service.addresses import (
    StrikeAddress,
    TakeOverAddresses,
    strike_address,
    take_over_addresses,
)
from portal.hosts.service.capturing import (
    AskCapture,
    ask_capture,
    capture_over,
    open_capture,
    run_capture,
)
from portal.hosts.service.erasure import destroy_online
from portal.hosts.service.looking import look_at_addresses, look_over
from portal.hosts.states import CaptureState, Serving
from portal.infra.database import db
from portal.infra.fetching.drawing import draw, programs
from portal.infra.fetching.guard import NoVisit
from portal.infra.tasks import Task, TaskKind
from portal.infra.uow import unit_of_work
from portal.intake.models import Report
from portal.kernel.errors import MoveRefused, NotFound, RuleBroken
from tests.factories.casework import make_officer
from tests.factories.hosts import MACHINE, add, case_of, make_online_case
from tests.factories.servers import PAGE, network_of

pytestmark = pytest.mark.usefixtures("app")


def can_draw():
    """Whether this machine has both programs, and lets one have a system of its own."""
    found = programs()
    if found is None:
        return False
    tried = [found[0], "--unshare-all", "--ro-bind", "/", "/", "true"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


def get(capture_id):
    db.session.expire_all()
    return db.session.get_one(Capture, capture_id)


def address(address_id):
    db.session.expire_all()
    return db.session.get_one(CaseAddress, address_id)


@pytest.mark.requirement("B15")
@pytest.mark.requirement("U42")
def test_a_capture_keeps_page_text_headers_time_and_hash_and_who_had_it_in_hand(site):
    officer = make_officer()
    number = make_online_case(officer)
    own = add(number, officer, site.at("/book"))
    made = ask_capture(AskCapture(number, own), actor=officer)

    for _time in range(2):
        capture_over(network_of(site), made, actor=MACHINE)

    kept = get(made)
    assert (kept.state, site.connections) == (CaptureState.MADE, 1)
    archive = open_capture(number, made, "archive", actor=officer)
    raw = b"".join(archive.opened.chunks)
    bodies = [
        one.content_stream().read()
        for one in ArchiveIterator(io.BytesIO(raw))
        if one.rec_type == "response"
    ]
    assert bodies == [PAGE]
    text = open_capture(number, made, "text", actor=officer)
    assert b"".join(text.opened.chunks).decode() == "免费下载\n教材电子版"
    with pytest.raises(NotFound):
        open_capture(number, made, "picture", actor=officer)
    shown = get_capture(db.session(), number, made, officer)
    assert shown.sha256 == archive.opened.sha256
    assert [one["status"] for one in shown.hops] == [200]
    acts = [one.act for one in list_custody(db.session(), kept.archive_id)]
    assert acts == [CustodyAct.RECEIVED, CustodyAct.EXPORTED]
    [entry] = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "capture.make"))
    assert "commitment" in entry.details
    assert site.at() not in str(entry.details)
    assert address(own).serving is Serving.SERVING


@pytest.mark.requirement("B15")
@pytest.mark.requirement("U42")
@pytest.mark.skipif(not can_draw(), reason="no Chromium or bubblewrap, or no room in this kernel")
def test_a_capture_has_a_picture_of_the_archived_page_which_asks_nobody_and_runs_nothing(site):
    here = site.at("/", host="127.0.0.1")
    page = f"""<meta charset=gbk><meta http-equiv=refresh content="0;url={here}">
    <body style="margin:0;background:#0a0"><p style="background:url({here})">教材</p>
    <script>document.body.style.background="#f00"</script><img src="{here}"><iframe src="{here}">
    </iframe><link rel=stylesheet href="{here}"><form action="{here}"><input autofocus></form>"""
    site.answer = lambda _path: (200, {"Content-Type": "text/html"}, page.encode("gbk"))
    officer = make_officer()
    number = make_online_case(officer)
    made = ask_capture(AskCapture(number, add(number, officer, site.at())), actor=officer)

    capture_over(network_of(site), made, actor=MACHINE, draws=draw)

    picture = open_capture(number, made, "picture", actor=officer)
    with Image.open(io.BytesIO(b"".join(picture.opened.chunks))) as seen:
        assert (seen.size[0], seen.convert("RGB").getpixel((1200, 10))) == (1280, (0, 170, 0))
    assert site.connections == 1
    assert re.fullmatch(r".*\.png", picture.name)
    assert "picture" in get_capture(db.session(), number, made, officer).parts


def test_an_address_that_was_struck_out_meanwhile_is_not_fetched(site):
    officer = make_officer()
    number = make_online_case(officer)
    own = add(number, officer, site.at())
    asked = ask_capture(AskCapture(number, own), actor=officer)
    strike_address(StrikeAddress(number, own), actor=officer)

    capture_over(network_of(site), asked, actor=MACHINE)

    assert (get(asked).failure, site.connections) == (NoVisit.NOT_ALLOWED, 0)


@pytest.mark.requirement("F21")
@pytest.mark.parametrize("how", ["category", "chosen", "flag"])
def test_nothing_of_a_matter_that_forbids_it_is_fetched_not_even_what_was_asked_before(site, how):
    officer = make_officer()
    number = make_online_case(officer)
    own = add(number, officer, site.at())
    asked = ask_capture(AskCapture(number, own), actor=officer)
    address(own).next_look_at = get(asked).asked_at
    report = db.session.scalars(select(Report)).one()
    if how == "flag":
        report.flags = ["do_not_capture"]
    elif how == "chosen":
        report.chosen_category = "child_abuse.material"
    else:
        report.category = "child_abuse.material"
    db.session.commit()

    capture_over(network_of(site), asked, actor=MACHINE)
    look_over(network_of(site), own, actor=MACHINE)

    assert (get(asked).state, get(asked).failure) == (CaptureState.FAILED, NoVisit.NOT_ALLOWED)
    assert (site.connections, address(own).next_look_at) == (0, None)
    with pytest.raises(RuleBroken, match="capture-not-allowed"):
        ask_capture(AskCapture(number, own), actor=officer)
    assert not get_online(db.session(), number, officer).capturable


@pytest.mark.requirement("B15")
def test_the_task_of_the_product_reaches_nothing_on_this_machine(site):
    officer = make_officer()
    number = make_online_case(officer)
    own = add(number, officer, site.at(host="127.0.0.1"))
    made = ask_capture(AskCapture(number, own), actor=officer)
    with pytest.raises(MoveRefused):
        ask_capture(AskCapture(number, own), actor=officer)

    run_capture(made, actor=MACHINE)

    assert (get(made).state, get(made).failure) == (CaptureState.FAILED, NoVisit.NOT_PUBLIC)
    assert site.connections == 0


@pytest.mark.requirement("B15")
def test_an_address_is_looked_at_again_until_it_is_struck_out_and_a_change_is_on_the_trail(site):
    officer = make_officer()
    number = make_online_case(officer)
    own = add(number, officer, site.at())
    capture_over(
        network_of(site), ask_capture(AskCapture(number, own), actor=officer), actor=MACHINE
    )
    assert look_at_addresses(actor=MACHINE) == 0
    address(own).next_look_at -= timedelta(hours=7)
    db.session.commit()

    assert [look_at_addresses(actor=MACHINE) for _time in range(2)] == [1, 0]
    look = select(Task.subject_id).where(Task.kind == TaskKind.LOOK_AT_ADDRESS)
    assert db.session.scalars(look).all() == [own]
    look_over(network_of(site), own, actor=MACHINE)
    seen = address(own)
    assert (seen.serving, seen.unchanged) == (Serving.SERVING, 1)

    site.answer = lambda _path: (404, {}, b"")
    look_over(network_of(site), own, actor=MACHINE)
    assert (address(own).serving, address(own).unchanged) == (Serving.GONE, 0)
    changes = select(AuditEvent).where(AuditEvent.action == "case_address.change")
    assert [one.details["after"] for one in db.session.scalars(changes)] == ["serving", "gone"]

    strike_address(StrikeAddress(number, own), actor=officer)
    before = site.connections
    look_over(network_of(site), own, actor=MACHINE)
    assert site.connections == before


def test_the_addresses_of_the_reports_are_taken_over_once_and_only_what_can_be_read():
    officer = make_officer()
    urls = ("https://a.example/1", "https://a.example/1", "群号 12345", "ftp://a.example/")
    number = make_online_case(officer, urls=urls)

    order = TakeOverAddresses(number)
    assert [take_over_addresses(order, actor=officer) for _time in range(2)] == [1, 0]
    assert (
        add(number, officer, "https://a.example/1")
        == db.session.scalars(select(CaseAddress.id)).one()
    )
    with pytest.raises(RuleBroken, match="not-a-web-address"):
        add(number, officer, "群号 12345")


def test_another_unit_learns_of_no_address_and_no_capture(site):
    officer, other = make_officer(), make_officer("CULTURE_ENF@320411")
    number = make_online_case(officer)
    own = add(number, officer, site.at())
    made = ask_capture(AskCapture(number, own), actor=officer)
    capture_over(network_of(site), made, actor=MACHINE)
    theirs = make_online_case(officer)

    for act in (
        lambda: get_online(db.session(), number, other),
        lambda: get_capture(db.session(), number, made, other),
        lambda: open_capture(number, made, "archive", actor=other),
        lambda: ask_capture(AskCapture(number, own), actor=other),
        lambda: open_capture(theirs, made, "archive", actor=officer),
        lambda: ask_capture(AskCapture(theirs, own), actor=officer),
        lambda: strike_address(StrikeAddress(theirs, own), actor=officer),
    ):
        with pytest.raises(NotFound):
            act()


@pytest.mark.requirement("U42")
def test_what_is_destroyed_with_its_case_leaves_its_custody_and_nothing_else(site):
    officer = make_officer()
    number = make_online_case(officer)
    own = add(number, officer, site.at())
    made = ask_capture(AskCapture(number, own), actor=officer)
    capture_over(network_of(site), made, actor=MACHINE)
    archive = get(made).archive_id

    with unit_of_work(MACHINE) as uow:
        destroy_online(uow, case_of(number).id)

    assert db.session.get(MadeFile, archive) is None
    assert db.session.scalars(select(CaseAddress)).all() == []
    assert list_custody(db.session(), archive)[-1].act is CustodyAct.ERASED
