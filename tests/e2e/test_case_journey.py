"""Three reports about one shop, in a browser: from the first form to a review by somebody else."""

import io
from dataclasses import dataclass

import pikepdf
import pytest

from tests.e2e import casework, people
from tests.e2e.casework import CLOCK_TIME, REFERENCE, CaseDesk
from tests.e2e.people import DISTRICT, photo
from tests.papers import words_of

pytestmark = pytest.mark.timeout(400, method="thread")

SHOP, PRINTER = "示例星光音像店", "示例宏图复制厂"
COUNTY = "320481"
PHOTO = {**photo(7), "name": "杜鹃拍的照片.jpg"}
SENDER = {"name": "杜鹃某", "phone": "13900009999"}


@dataclass(frozen=True)
class Words:
    """What people write in one language; what reporters write has a word of its own in it."""

    reports: tuple[str, str, str]
    place: str
    title: str
    evidence: str
    asked: str
    not_ours: str
    theirs: str
    supervised: str
    alleged: str
    statement: str
    facts: str
    ordered: str
    objection: str
    set_aside: str
    answer: str
    dropped: str
    contest: str
    overturned: str
    told: str


CHINESE = Words(
    reports=(
        "杜鹃甲：音像店柜台下面有没有版号的光盘，我亲眼看见店员晚上补货。",
        "杜鹃乙：给孩子买的动画片是盗版的，放到一半就卡住了，店里不给退。",
        "杜鹃丙：路过看见门口摆着十块三张的碟片，封面印得很模糊。",
    ),
    place="杜鹃小区对面那家",
    title="示例路音像店销售盗版光盘案",
    evidence="检查时查获的送货单三张。",
    asked="请查你处复制厂向本区供货的情况。",
    not_ours="该厂去年已经搬走。",
    theirs="该厂的生产场所仍在你处，由你处查办。",
    supervised="请按期报告进展。",
    alleged="你店涉嫌销售侵权音像制品，可以在期限内陈述、申辩，也可以要求听证。",
    statement="这批货是别人寄放的。",
    facts="检查发现货架上有侵权光盘四十一张。",
    ordered="予以警告，责令立即改正。",
    objection="寄放的事没有查清。",
    set_aside="寄放的事实没有查清，决定撤销。",
    answer="我们去店里检查过了，情况属实，店里已经改正。",
    dropped="数量少，已经改正，不予处罚。",
    contest="昨天路过，又摆出来了。",
    overturned="改正没有核实，重新办理。",
    told="经复查，案件重新办理。",
)
ENGLISH = Words(
    reports=(
        "Cuckoo one: discs without a number lie under the counter; I saw them restock at night.",
        "Cuckoo two: the cartoons I bought for my child are copies, and they took none back.",
        "Cuckoo three: passing by I saw discs by the door, three for ten yuan, badly printed.",
    ),
    place="opposite the Cuckoo flats",
    title="Pirated discs at a record shop on Example Road",
    evidence="Three delivery notes found at the inspection.",
    asked="Please look into the copying plant with you that supplies this district.",
    not_ours="The plant moved away last year.",
    theirs="The plant still makes its discs with you: it is yours.",
    supervised="Please report on your progress.",
    alleged="You are said to have sold infringing discs. You may answer within the time given.",
    statement="The goods were left with me by somebody else.",
    facts="The inspection found 41 infringing discs on the shelves.",
    ordered="A warning; it has to be put right at once.",
    objection="Nobody has found out who left the goods.",
    set_aside="Who left the goods was not found out: the decision is set aside.",
    answer="We inspected the shop. You were right, and the shop has put it right.",
    dropped="Few copies, put right at once: no penalty.",
    contest="I passed by yesterday: they are out again.",
    overturned="Nobody checked that it was put right: it is taken up again.",
    told="After review the case is taken up again.",
)
WORDS = {"zh-CN": CHINESE, "en": ENGLISH}
REVIEWED = """SELECT r.state FROM review r JOIN case_file c ON c.id = r.case_id
  WHERE c.number = ? AND r.report_id IS NOT NULL"""


def canaries(words: Words) -> tuple[str, ...]:
    """What only reporters have written, whole and in the pieces it has in common."""
    return (
        *words.reports,
        words.place,
        words.contest,
        *SENDER.values(),
        "杜鹃",
        "Cuckoo",
        "照片.jpg",
    )


def report(reporter, installation, words):
    """Three people report; the first says who they are and sends a photo."""
    known = {"contact_mode": "confidential", **SENDER, "files": [PHOTO]}
    shop = {"place": words.place, "region": DISTRICT, "category": "piracy.av_physical"}
    receipts = [
        people.report_on_one_page(reporter, narrative=story, **shop, **more)
        for story, more in zip(words.reports, (known, {}, {}), strict=True)
    ]
    for receipt in receipts:
        people.await_routing(installation, receipt)
    return receipts


def lead_on(desk: CaseDesk, above, neighbour, words):
    """A lead to the place of the printer: returned, sent again, returned, given to it, followed."""
    asked = {"region": COUNTY, "kind": "CULTURE_ENF", "asked": words.asked}
    desk.act("follow", **asked, direction="up")
    there = CaseDesk(neighbour, "/desk/cases/leads")
    for _time in ("once", "twice"):
        neighbour.open("/desk/cases/leads")
        assert words.asked in neighbour.text()
        assert desk.number in neighbour.text()
        assert not [story for story in canaries(words) if story in neighbour.page.content()]
        there.follow_beside(desk.number, "/return", reason=words.not_ours)
        assert desk.number not in neighbour.text()
        assert words.not_ours in desk.show()
        if _time == "once":
            desk.follow("/send-again", **asked)
    above.open("/desk/cases/supervised")
    assert words.not_ours in above.text()
    desk.for_(above).follow_beside(desk.number, "/decide", whose="receiver", reason=words.theirs)
    neighbour.open("/desk/cases/leads")
    given = neighbour.page.locator("section", has_text=desk.number)
    assert not given.locator("a[href$='/return']").count()
    there.follow_beside(desk.number, "/open", title=PRINTER, summary=words.asked)
    number = neighbour.text("h1")
    assert number in desk.show()
    assert words.theirs in desk.who.text()


def supervise(desk: CaseDesk, above, head, words):
    """The office above takes a look, is reported to, and lets go; nothing is closed meanwhile."""
    desk.for_(above).act("supervise", reason=words.supervised, report_every="14")
    due = casework.today().isoformat()
    desk.for_(above).act("set-milestone", text=words.asked, due_on=due)
    assert not desk.for_(head).offers("move/drop")
    desk.act("report-progress", text=words.evidence)
    desk.who.press("form[action$='/meet'] button")
    assert words.evidence in desk.for_(above).show()
    above.press("form[action$='/read'] button")
    desk.for_(above).act("release", outcome=words.evidence)
    assert desk.for_(head).offers("move/drop")


def close(desk: CaseDesk, head, installation, receipts, words):
    """Every reporter is answered, then the case ends with its reasons."""
    desk.act("answer-all", text=words.answer, method="site-visit", finding="confirmed")
    casework.await_answers(installation, receipts)
    desk.make_paper("no-case-decision", facts=words.facts, decision=words.dropped)
    desk.for_(head).act("move/drop", ending="minor-and-corrected", reason=words.dropped)
    assert state_of(installation, desk) == "closed"


def state_of(installation, desk: CaseDesk) -> str:
    return installation.value("SELECT state FROM case_file WHERE number = ?", desk.number)


def notice_to(desk: CaseDesk, words) -> str:
    """Serve the shop the notice before its decision; the words on it, as it gets it on paper."""
    desk.make_paper("advance-notice", SHOP, facts=words.facts, intended=words.ordered)
    served = "section:has(a[href$='/serve']) a[href*='/files/']"
    link = desk.who.page.locator(served).last.get_attribute("href")
    got = desk.who.page.request.get(f"{desk.who.installation.url}{link}")
    with pikepdf.open(io.BytesIO(got.body())) as paper:
        said = words_of(paper)
    assert SHOP in said
    casework.hand_over(desk)
    return said


def hear_and_decide(desk: CaseDesk, head, above, party, late, words):
    """The party is heard, decided on, objects, and is right; return all that it could read.

    It has its page before the last report is in the case, and sees no difference.
    """
    casework.enter_as_party(party, casework.give_code(desk, words.alleged))
    before = party.text()
    desk.act("add-report", reference=late.reference)
    party.open("/party/case")
    assert party.text() == before
    notice = notice_to(desk, words)
    casework.decide(desk, SHOP, words.facts, words.ordered)
    desk.for_(head).decisions()
    desk.for_(head).follow("/decisions/1/approve")
    casework.serve(desk, SHOP)
    party.open("/party/case/statement")
    party.submit({"text": words.statement})
    read = [casework.read_as_party(party), notice]
    assert words.facts in read[0]
    assert words.ordered in read[0]
    party.open("/party/case/decisions/1/objection")
    party.submit({"text": words.objection})
    casework.review(desk.for_(above), words.set_aside)
    assert words.objection in above.text()
    return read


def contest(desk: CaseDesk, reporter, receipt, head, another, words):
    """A reporter contests; whoever ended the case does not review that, somebody else does."""
    people.track(reporter, receipt)
    reporter.follow("/track/report/contest")
    reporter.submit({"reason": "contest.still-going-on", "text": words.contest})
    installation = desk.who.installation
    assert installation.state_of(receipt.reference) == "contested"
    desk.for_(another).decisions()
    admit = another.page.locator("a[href$='/admit']").get_attribute("href")
    desk.for_(head).decisions()
    assert not head.page.locator("a[href$='/admit']").count()
    head.open(admit)
    assert not head.page.locator("main [name=admissible]").count()
    assert installation.value(REVIEWED, desk.number) == "filed"
    casework.review(desk.for_(another), words.overturned)
    assert installation.value(REVIEWED, desk.number) == "decided"
    assert state_of(installation, desk) == "filed"
    people.track(reporter, receipt)
    assert words.told in reporter.text()


def demand_nothing_of_reporters(read, words):
    """No word, name, number, file or time of a reporter, and no reference to count them by."""
    for page in read:
        assert [one for one in canaries(words) if one in page] == []
        assert REFERENCE.findall(page) == []
        assert CLOCK_TIME.findall(page) == []


@pytest.mark.requirement("A7")
@pytest.mark.requirement("A8")
@pytest.mark.requirement("F9")
@pytest.mark.requirement("F11")
@pytest.mark.requirement("U37")
@pytest.mark.parametrize(
    ("language", "scripts"),
    [("zh-CN", True), ("en", False)],
    ids=["in Chinese", "in English without JavaScript"],
)
def test_three_reports_of_one_shop_become_a_case_that_somebody_else_takes_up_again(
    enter, installation, colleagues, language, scripts
):
    words = WORDS[language]
    with (
        enter(language, scripts=scripts) as reporter,
        enter(language, scripts=scripts) as officer,
        enter(language, scripts=scripts) as head,
        enter(language, scripts=scripts) as above,
        enter(language, scripts=scripts) as party,
    ):
        receipts = report(reporter, installation, words)
        for who, name in ((officer, "officer"), (head, "head"), (above, "supervisor")):
            people.enter_desk(who, installation, name)
        for receipt in receipts:
            people.open_report(officer, receipt)
            people.accept(officer, receipt)
        seen = {"method": "site-visit", "finding": "confirmed", "summary": words.facts}
        people.act(officer, "verify", **seen)
        desk = casework.open_case(officer, receipts[:2], words.title, words.facts)
        casework.add_chain(desk, SHOP, PRINTER, words.evidence)
        with enter(language, scripts=scripts) as neighbour:
            people.enter_desk(neighbour, installation, "neighbour")
            lead_on(desk, above, neighbour, words)
        desk.make_paper("case-filing", facts=words.facts)
        desk.for_(head).act("move/file")
        supervise(desk, above, head, words)

        read = hear_and_decide(desk, head, above, party, receipts[2], words)
        close(desk, head, installation, receipts, words)
        for receipt in receipts:
            people.track(reporter, receipt)
            assert words.answer in reporter.text()
        with enter(language, scripts=scripts) as another:
            people.enter_desk(another, installation, "second-head")
            contest(desk, reporter, receipts[0], head, another, words)

        party.open("/party/case")
        assert words.set_aside in party.text()
        read.append(casework.read_as_party(party))
        demand_nothing_of_reporters(read, words)
