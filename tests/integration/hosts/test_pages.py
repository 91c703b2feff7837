"""The pages of addresses, captures and notices to hosts, in both languages."""

import pytest

from portal.hosts.models import Capture, HostNotice
from portal.hosts.service.capturing import capture_over
from portal.hosts.service.sending import send_host_notice
from portal.infra.database import db
from portal.kernel.actor import Role
from tests.factories.cases import today
from tests.factories.hosts import MACHINE, WORDS, add, make_contact, make_notice, make_online_case
from tests.factories.servers import network_of


@pytest.mark.requirement("B15")
@pytest.mark.requirement("C20")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_an_officer_captures_an_address_and_has_its_host_told_on_the_pages(
    desk, postbox, site, language
):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    boss, _head = desk(Role.DEPARTMENT_HEAD, language=language)
    number = make_online_case(officer)
    home = f"/desk/cases/{number}/addresses"
    assert home in pages.get(f"/desk/cases/{number}").links()

    page = pages.get(f"{home}/add")
    assert pages.post(page, {"url": "群号 12345"}).status == 422
    page = pages.post(page, {"url": site.at()})
    assert site.at() in page.text()
    [form] = [one["action"] for one in page.find("form") if one["action"].endswith("/capture")]
    pages.post(page, {}, form=f"form[action={form}]")
    made = db.session.query(Capture).one()
    capture_over(network_of(site), made.id, actor=MACHINE)
    shown = pages.get(f"/desk/cases/{number}/captures/{made.id}")
    assert "127.0.0.1" in shown.text()
    taken = pages.get(f"/desk/cases/{number}/captures/{made.id}/archive")
    assert taken.response.headers["Content-Disposition"].startswith("attachment")

    page = boss.get("/desk/hosts/add")
    host = {"name": "示例网盘", "mailbox": "abuse@pirate.example", "language": language}
    listed = boss.post(page, {**host, "domains": "pirate.example"})
    assert "示例网盘" in listed.text()
    [contact] = [one for one in pages.get(home).links() if one.endswith("/draft")]
    page = pages.get(contact)
    page = pages.post(page, {"words": WORDS})
    assert WORDS in page.text()
    act = f"/desk/cases/{number}/host-notices/1"
    boss.post(boss.get(f"{act}/approve"), {})
    send_host_notice(db.session.query(HostNotice).one().id, actor=MACHINE)
    assert f"{number}-1" in pages.get("/desk/host-notices").text()

    page = pages.get(f"{act}/answer")
    said = {"answer": "removed", "answered_on": today().isoformat(), "words": "已删除"}
    assert "已删除" in pages.post(page, said).text()
    assert len(postbox.messages) == 1


def test_the_page_takes_the_same_statements_for_many_addresses_as_for_one(
    desk, counted, known_place
):
    pages, officer = desk(Role.CASE_OFFICER)
    number, contact = make_online_case(officer), make_contact()
    home = f"/desk/cases/{number}/addresses"
    make_notice(number, officer, contact, add(number, officer))
    pages.get(home)
    with counted() as few:
        pages.get(home)
    for place in range(6):
        own = add(number, officer, f"https://pirate.example/{place}")
        make_notice(number, officer, contact, own)
    with counted() as many:
        pages.get(home)

    assert len(many) == len(few) <= 25
