"""A reward in a browser, from the report to the bank's word that it was paid, by its people."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e import people
from tests.e2e.casework import today
from tests.e2e.installation import Installation
from tests.e2e.people import DISTRICT, Receipt
from tests.e2e.visitor import Visitor

pytestmark = pytest.mark.timeout(400, method="thread")

TOLD = "Cuckoo: the shop on Example Road sells books without a licence."
PIN, FUND = "274913", "DEMO-REWARDS"
PAYEE = {"name": "杜鹃某", "account": "6222021234567890123", "bank": "中国示例银行"}
OFFICE = {"name": "示例支队", "account": "3200123456789", "bank": "102304099991"}
FINED, MINOR, SHOWN, WRITTEN = "200,000", 600_000, "6,000.00", "6000.00"
AMOUNT = """SELECT a.amount FROM reward_award a JOIN report r ON r.id = a.report_id
  WHERE r.reference = ?"""
MOVED = """SELECT sum(m.amount) FROM ledger_movement m JOIN reward_award a ON a.id = m.award_id
  JOIN report r ON r.id = a.report_id WHERE r.reference = ? AND m.kind = ?"""
PERSONS = """SELECT count(DISTINCT person_id) FROM (
  SELECT s.person_id, s.award_id FROM award_step s UNION
  SELECT s.person_id, p.award_id FROM payment_step s JOIN reward_payment p ON p.id = s.payment_id
  ) t JOIN reward_award a ON a.id = t.award_id JOIN report r ON r.id = a.report_id
  WHERE r.reference = ?"""
REFERENCE = """SELECT p.reference FROM reward_payment p JOIN reward_award a ON a.id = p.award_id
  JOIN report r ON r.id = a.report_id WHERE r.reference = ?"""


@dataclass(frozen=True)
class Matter:
    """The report with its code, its decided case, and what the custodians know."""

    receipt: Receipt
    number: str
    passphrases: Mapping[str, str] = field(repr=False)


def report_and_decide(reporter: Visitor, officer: Visitor, installation: Installation) -> Matter:
    """Somebody reports and gives no name; the case of it ends with a fine."""
    receipt = people.report_on_one_page(
        reporter,
        narrative=TOLD,
        place="Example Road 88",
        region=DISTRICT,
        category="licence.unlicensed_vendor",
        wants_reward=True,
    )
    people.await_routing(installation, receipt)
    people.enter_desk(officer, installation, "officer")
    people.open_report(officer, receipt)
    people.accept(officer, receipt)
    made = json.loads(installation.python("tests.e2e.rewarded", receipt.reference))
    for name, token in made["sessions"].items():
        cookie = {"name": "desk", "value": token, "url": installation.url, "httpOnly": True}
        installation.sessions[name] = {**cookie, "sameSite": "Strict"}
    return Matter(receipt, made["number"], made["passphrases"])


def reads(reporter: Visitor, receipt: Receipt, words: str) -> None:
    """The reporter comes back with the code, and reads this."""
    people.track(reporter, receipt)
    assert words in reporter.text(), reporter.text()


def own_page(reporter: Visitor, receipt: Receipt, words: str) -> None:
    """The reporter comes back with the code, goes to the own reward, and reads this."""
    people.track(reporter, receipt)
    reporter.follow("/track/report/reward")
    assert words in reporter.text(), reporter.text()
    assert SHOWN in reporter.text()


def promise_and_propose(officer: Visitor, matter: Matter) -> str:
    """The officer promises, and proposes what the scheme makes of the fine; its address."""
    officer.open(f"/desk/cases/{matter.number}/rewards/promise")
    officer.submit({"report": matter.receipt.reference, "scheme": "market-2021"})
    award = officer.path
    officer.open(f"{award}/propose")
    line = officer.page.locator("select[name=line] option:not([value=''])").first
    said = {"level": "level-2", "base": FINED, "reason": "所举报的事实经查属实，证据直接。"}
    officer.submit({**said, "line": line.get_attribute("value"), "no_conflict": True})
    assert officer.path == award, officer.text()
    assert SHOWN in officer.text()
    assert "3%" in officer.text()
    assert not officer.page.locator(f"a[href='{award}/confirm']").count()
    return award


def decide(who: Visitor, award: str, act: str) -> None:
    """The next person takes the next step."""
    who.open("/desk/awards")
    who.open(f"{award}/{act}")
    who.submit({"no_conflict": True})
    assert who.path == award, who.text()
    assert SHOWN in who.text()


def claim(reporter: Visitor, receipt: Receipt) -> None:
    """Choose a PIN, claim with a wrong one, then with the right one."""
    own_page(reporter, receipt, "Claim it with your PIN")
    reporter.follow("/reward/pin")
    reporter.submit({"pin": PIN, "again": PIN})
    reporter.follow("/claim")
    reporter.submit({**PAYEE, "pin": "918273"})
    assert reporter.path.endswith("/claim")
    reporter.submit({**PAYEE, "pin": PIN})
    assert "Your claim is in" in reporter.text()


def draw(finance: Visitor) -> str:
    """Finance draws the list; its address."""
    finance.open("/desk/payments/draw")
    asked = {"fund": FUND, "kind": "pain.001", "execute_on": today().isoformat()}
    finance.submit({**asked, **OFFICE})
    assert "/desk/payments/lists/" in finance.path, finance.text()
    return finance.path


def open_payees(asker: Visitor, approver: Visitor, made: str, matter: Matter) -> None:
    """One group asks, the other releases, the first has the file written; nobody reads a name."""
    asker.open("/desk/payments/to-open")
    asker.open(f"{made}/ask")
    asker.submit({"reason": "奖励已经批准，须按举报人预留的账户发放。", "basis": "《办法》第十条"})
    approver.open("/desk/payments/to-open")
    for who, name, act in (
        (approver, "custodian-a", "release"),
        (asker, "custodian-r", "fill"),
    ):
        who.open(f"{made}/{act}")
        who.submit({"passphrase": matter.passphrases[name]})
        assert who.path == made, who.text()
        assert not [word for word in PAYEE.values() if word in who.page.content()]


def export(finance: Visitor, made: str) -> str:
    """Take the file to the bank, once; what is in it."""
    finance.open(made)
    with finance.page.expect_download() as waited:
        finance.page.locator("form[action$='/export'] button").click()
    content = Path(waited.value.path()).read_text(encoding="utf-8")
    finance.open(made)
    assert finance.page.locator("form[action$='/export']").count() == 0
    return content


def read_statement(finance: Visitor, reference: str) -> None:
    """The bank has paid, its statement says."""
    row = f"{reference},{WRITTEN},CNY,debit,{today().isoformat()}"
    sheet = f"reference,amount,currency,direction,booked_on\n{row}\n".encode()
    finance.open("/desk/payments/statements")
    file = {"name": "statement.csv", "mimeType": "text/csv", "buffer": sheet}
    finance.submit({"fund": FUND, "files": [file]})
    assert finance.path == "/desk/payments/statements", finance.text()


@pytest.mark.requirement("E4")
@pytest.mark.requirement("F1")
def test_who_gave_no_name_is_paid_in_full_what_six_people_computed_decided_and_sent(
    enter, installation
):
    with (
        enter("en") as reporter,
        enter("zh-CN") as officer,
        enter("zh-CN") as finance,
        enter("zh-CN") as asker,
        enter("zh-CN") as approver,
    ):
        matter = report_and_decide(reporter, officer, installation)
        receipt = matter.receipt
        award = promise_and_propose(officer, matter)
        reads(reporter, receipt, "The amount is computed once")
        for name, act in (("supervisor", "confirm"), ("committee", "approve")):
            with enter("zh-CN") as who:
                people.enter_desk(who, installation, name)
                decide(who, award, act)
        reads(reporter, receipt, SHOWN)
        assert "3 % of fine and confiscation" in reporter.text()
        claim(reporter, receipt)

        for who, name in ((finance, "finance"), (asker, "custodian-r"), (approver, "custodian-a")):
            people.enter_desk(who, installation, name)
        made = draw(finance)
        open_payees(asker, approver, made, matter)
        own_page(reporter, receipt, "It is on a list for the bank")
        written = export(finance, made)
        own_page(reporter, receipt, "It is with the bank")
        reference = installation.value(REFERENCE, receipt.reference)
        assert all(word in written for word in (*PAYEE.values(), WRITTEN, reference))
        read_statement(finance, reference)
        own_page(reporter, receipt, "It was paid in full")

    moved = [installation.value(MOVED, receipt.reference, kind) for kind in ("owe", "settle")]
    assert [installation.value(AMOUNT, receipt.reference), *moved] == [MINOR] * 3
    assert installation.value(PERSONS, receipt.reference) == 6
