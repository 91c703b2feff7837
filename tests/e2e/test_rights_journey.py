"""An organisation complains five hundred times, in a browser: one is decided, one is countered."""

import io
import re

import pytest
from openpyxl import load_workbook

from portal.accounts.rules import code_at, step_at
from tests.e2e import casework, people
from tests.e2e.installation import wait_for
from tests.e2e.people import CHINESE, DISTRICT, ENGLISH, Receipt
from tests.factories.intake import now
from tests.factories.rights_holders import workbook

pytestmark = [pytest.mark.timeout(400, method="thread"), pytest.mark.xdist_group("e2e-cases")]

WORDS = "four invented words here"
ORGANISATION = {
    "name": "Example Press",
    "kind": "company",
    "registration": "91350100M000100Y43",
    "region": DISTRICT,
    "address": "1 Example Road",
    "contact": "Example Contact",
    "phone": "13800000000",
    "email": "rights@example.com",
    "role": "owner",
    "person": "Example Owner",
    "new_password": WORDS,
    "repeated": WORDS,
}
WORKS = [("Title", "Kind"), *((f"Example work {one}", "book") for one in range(1, 301))]
HEAD = ("Work", "Address on the net", "Region", "Found on", "Facts", "By what right")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILED = """SELECT count(*) FROM complaint c JOIN organisation o ON o.id = c.organisation_id
  WHERE o.number = ? AND c.state = 'filed'"""
REFERENCE = """SELECT r.reference FROM complaint c JOIN organisation o ON o.id = c.organisation_id
  JOIN report r ON r.id = c.report_id WHERE o.number = ? AND c.number = ?"""
ADDRESS = "https://pirate.example/book/{}"
COUNTERED = {
    "reason": "licensed",
    "addresses": ADDRESS.format(2),
    "work": "示例作品",
    "text": "我们有书面许可。",
    "name": "示例网站",
    "address": "示例路九号",
    "contact": "13900000000",
    "declared": True,
}


def file(name: str, content: bytes, kind: str = "text/plain") -> dict[str, object]:
    """A file as a browser sends it."""
    return {"name": name, "mimeType": kind, "buffer": content}


def sheet(*rows: tuple[object, ...]) -> dict[str, object]:
    """A workbook of these rows."""
    return file("rows.xlsx", workbook(*rows).getvalue(), XLSX)


def rows() -> list[tuple[object, ...]]:
    """Five hundred rows, twelve of which name a work that there is not."""
    return [
        (
            "no such work" if at % 42 == 7 else (at - 1) % 300 + 1,
            *(ADDRESS.format(at), DISTRICT, "2026-11-01", "Offers the whole book.", "owner"),
        )
        for at in range(1, 501)
    ]


def register(owner) -> str:
    """The organisation with its first person, signed in with both factors; its number."""
    owner.open("/rights-holders/register")
    owner.submit({**ORGANISATION, "proof": [file("licence.txt", b"Invented licence.")]})
    secret = owner.text("main code").replace(" ", "")
    owner.submit({"code": code_at(secret, step_at(now()))})
    owner.open("/rights-holders/mine")
    return re.search(r"RH-[0-9A-Z]{4}-[0-9A-Z]{4}", owner.text())[0]


def mended(owner, home) -> dict[str, object]:
    """The rows that lack something, taken along as a sheet and put right."""
    with owner.page.expect_download() as coming:
        owner.page.locator("a[href*='complaints.xlsx']").first.click()
    book = load_workbook(io.BytesIO(coming.value.path().read_bytes()))
    lines = list(book.active.iter_rows(values_only=True))
    return sheet(lines[0], *(("1", *line[1:]) for line in lines[1:]))


def file_all(owner, home) -> None:
    """Three hundred works and five hundred rows, twelve of which are mended by a sheet."""
    proof = [file("rights.txt", b"Invented contract.")]
    owner.open(f"{home}/works/sheet")
    owner.submit({"table": sheet(*WORKS), "files": proof})
    assert owner.path == f"{home}/works", owner.text()
    owner.open(f"{home}/sheets/add")
    owner.submit({"table": sheet(HEAD, *rows())})
    assert "488" in owner.text()
    assert owner.page.locator("a[href*='state=needs-information']").first.inner_text() == "12"
    again = mended(owner, home)
    owner.press("form[action$='/declare'] button")
    owner.open(f"{home}/sheets/add")
    owner.submit({"table": again})
    owner.press("form[action$='/declare'] button")


def counter(officer, party, receipt) -> casework.CaseDesk:
    """A case with the party's page, on which it files a counter-notice."""
    desk = casework.open_case(officer, [receipt], "Example site", ENGLISH.summary)
    desk.act("add-party", role="operator", name="Example site")
    desk.act("addresses/add", url=ADDRESS.format(2))
    desk.decisions()
    officer.follow("/page")
    officer.submit({"alleged": "The site offers a book without permission."})
    code = officer.text(".sl-code__code").strip()
    party.open("/party")
    party.submit({"code": code})
    party.follow("/party/case/counter-notice")
    party.submit({**COUNTERED, "files": [file("许可.txt", "书面许可".encode())]})
    assert party.path == "/party/case", party.text()
    return desk


@pytest.mark.requirement("F16")
@pytest.mark.requirement("B5")
def test_five_hundred_rows_are_mended_filed_and_followed_to_a_decision_and_a_counter_notice(
    enter, installation, colleagues
):
    with (
        enter("en") as owner,
        enter("en") as officer,
        enter("zh-CN") as head,
        enter("zh-CN", scripts=False) as party,
    ):
        number = register(owner)
        home = f"/rights-holders/{number}"
        people.enter_desk(head, installation, "copyright-head")
        head.open(f"/desk/organisations/{number}")
        head.press("form[action$='/verify'] button")

        file_all(owner, home)
        wait_for(lambda: installation.value(FILED, number) == 500, "every row to be filed")
        first, second = (
            Receipt(installation.value(REFERENCE, number, one), "") for one in ("1", "2")
        )
        people.enter_desk(officer, installation, "copyright-officer")
        for receipt in (first, second):
            people.await_routing(installation, receipt, 60.0)
            people.open_report(officer, receipt)
            people.accept(officer, receipt)
        people.open_report(officer, first)
        people.resolve(officer, ENGLISH.summary, ENGLISH.answer)
        owner.open(f"{home}/complaints/1")
        owner.press("form[action*='/track/complaint/'] button")
        assert ENGLISH.answer in owner.text()

        desk = counter(officer, party, second)
        countered = f"{desk.home}/counter-notices"
        officer.open(f"{countered}/1/pass-on")
        officer.page.locator("main [name=complaints]").check()
        desk.done()
        owner.open(f"{home}/complaints/2")
        owner.follow("/counter-notices")
        owner.follow("/answer")
        owner.submit({"answer": "stands", "words": "The permission has run out."})
        head.open(f"{countered}/1/decide")
        head.submit({"accepted": "yes", "reasons": CHINESE.answer, "finding": "in-good-faith"})

        assert head.path == countered.removeprefix(installation.url)
        for somebody, address in (
            (owner, f"{home}/complaints/2/counter-notices"),
            (party, "/party/case"),
        ):
            somebody.open(address)
            assert CHINESE.answer in somebody.text()
