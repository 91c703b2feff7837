"""What staff, other places and the party do with a case, the same in every language."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote

from tests.e2e.installation import Installation, wait_for
from tests.e2e.people import Receipt
from tests.e2e.visitor import Visitor

CLOCK_TIME = re.compile(r"\b\d{1,2}:\d{2}\b")
REFERENCE = re.compile(r"SL-[0-9A-Z]{4}")


def today() -> date:
    """The day it is where the office is."""
    return (datetime.now(UTC) + timedelta(hours=8)).date()


@dataclass(frozen=True)
class CaseDesk:
    """Somebody at the pages of one case: `home` is the address of its page."""

    who: Visitor
    home: str

    @property
    def number(self) -> str:
        """The number of the case."""
        return self.home.rpartition("/")[2]

    def for_(self, who: Visitor) -> "CaseDesk":
        """The same case before somebody else."""
        return CaseDesk(who, self.home)

    def show(self) -> str:
        """What the page of the case says."""
        self.who.open(self.home)
        return self.who.text()

    def offers(self, act: str) -> bool:
        """Whether the page of the case has a button for this."""
        self.who.open(self.home)
        return self.who.page.locator(f"a[href$='/{act}']").count() > 0

    def act(self, act: str, **fields: object) -> None:
        """One act on a page of its own under that of the case."""
        self.who.open(f"{self.home}/{act}")
        self.done(**fields)

    def done(self, **fields: object) -> None:
        """Send the form that is open; nobody is left on it."""
        before = self.who.path
        self.who.submit(fields)
        assert self.who.path != before, self.who.text()

    def follow(self, address: str, **fields: object) -> None:
        """One act by the first link on the page that leads there."""
        self.who.follow(address)
        self.done(**fields)

    def follow_beside(self, words: str, address: str, **fields: object) -> None:
        """One act by the link that stands with these words, among those of other matters."""
        beside = self.who.page.locator("section.sl-note, li.sl-note", has_text=words)
        link = beside.locator(f"a[href$='{address}']").get_attribute("href")
        self.follow(link or "", **fields)

    def party(self, field: str, name: str) -> str:
        """The value of a party in a list of the form that is open."""
        option = self.who.page.locator(f"select[name={field}] option", has_text=name)
        return option.get_attribute("value") or ""

    def decisions(self) -> None:
        """To the decisions, the pages of parties and the reviews."""
        self.who.open(f"{self.home}/decisions")

    def make_paper(self, form: str, party: str = "", **parts: str) -> None:
        """Make a paper and put it into the file, final."""
        self.who.open(f"{self.home}/papers/new/{form}")
        if party:
            self.who.fill("party", self.party("party", party))
        self.done(**parts)
        self.follow("/issue")


def open_case(officer: Visitor, receipts: Iterable[Receipt], title: str, summary: str) -> CaseDesk:
    """Open a case on reports that the officer has."""
    first, *others = [one.reference for one in receipts]
    officer.open(f"/desk/reports/{first}/open-case")
    officer.submit({"title": title, "summary": summary, "others": "\n".join(others)})
    return CaseDesk(officer, unquote(officer.path))


def add_chain(desk: CaseDesk, shop: str, printer: str, evidence: str) -> None:
    """The shop and the printer, and what shows that one supplies the other."""
    for role, name in (("seller", shop), ("printer", printer)):
        desk.act("add-party", role=role, name=name)
    desk.who.open(f"{desk.home}/add-edge")
    ends = {"supplier": desk.party("supplier", printer), "customer": desk.party("customer", shop)}
    desk.done(**ends, evidence=evidence)


def decide(desk: CaseDesk, shop: str, facts: str, ordered: str) -> None:
    """Draft a decision with one measure against the shop."""
    remedies = {"objection_to": "示例市文化和旅游局", "court": "示例区人民法院"}
    desk.act("decisions/draft", source="report", basis="penalty-57", facts=facts, **remedies)
    desk.who.follow("/decisions/1/add-measure")
    desk.done(party=desk.party("party", shop), measure="warning", detail=ordered)


def serve(desk: CaseDesk, shop: str) -> None:
    """Make the paper that carries the decision, and write down that the shop was served today."""
    desk.make_paper("penalty-decision", shop, facts="货架上有盗版教材。", decision="予以警告。")
    hand_over(desk)


def hand_over(desk: CaseDesk) -> None:
    """Write down that the paper that was made last was handed over today."""
    link = desk.who.page.locator("a[href$='/serve']").last.get_attribute("href")
    desk.who.follow(link or "")
    desk.done(way="handed-over", to_whom="店主", served_on=today().isoformat())


def give_code(desk: CaseDesk, alleged: str) -> str:
    """Open a page for the first party; the code that stands on its notice."""
    desk.decisions()
    desk.who.follow("/page")
    desk.who.submit({"alleged": alleged})
    return desk.who.text(".sl-code__code").strip()


def review(desk: CaseDesk, reasons: str) -> None:
    """Take the review on and overturn what it is about."""
    desk.decisions()
    desk.follow("/admit", admissible="yes")
    desk.follow("/decide", outcome="overturned", reasons=reasons)


def enter_as_party(party: Visitor, code: str) -> None:
    """Come with the code on the notice."""
    party.open("/party")
    party.submit({"code": code})
    assert party.path == "/party/case"


def read_as_party(party: Visitor) -> str:
    """Everything that the party can open, as it comes over the line."""
    read = []
    for page in ("statement", "hearing", "decisions/1/objection"):
        party.open(f"/party/case/{page}")
        read.append(party.page.content())
    party.open("/party/case")
    return "\n".join([*read, party.page.content()])


def await_answers(installation: Installation, receipts: Iterable[Receipt]) -> None:
    """Until a worker has answered all of them."""
    references = [one.reference for one in receipts]
    wait_for(
        lambda: {installation.state_of(one) for one in references} == {"answered"}, "the answers"
    )
