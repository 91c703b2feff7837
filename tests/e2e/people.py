"""What reporters and officers do, step by step, the same in every language."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from PIL import Image

from tests.e2e.installation import Installation, wait_for
from tests.e2e.visitor import Visitor

DISTRICT = "320412"


@dataclass(frozen=True)
class Words:
    """What people write in one language."""

    narrative: str
    place: str
    question: str
    reply: str
    summary: str
    answer: str
    contest: str
    second_summary: str
    second_answer: str
    identity: Mapping[str, str] = field(default_factory=dict)


CHINESE = Words(
    narrative="湖塘镇示例路一家音像店，货架上全是简装光盘，没有版号，十块钱三张，晚上从后门补货。",
    place="湖塘镇示例路88号",
    question="您是几号、几点钟看到补货的？",
    reply="四号晚上七点半。",
    summary="到店清点，货架上的光盘没有版号。",
    answer="我们按您说的时间去了，情况属实，光盘已登记保存。",
    contest="昨天路过，还在卖。",
    second_summary="隔天晚上再去，柜台下面还有没登记的光盘。",
    second_answer="我们换了一位同事再去了一次，您说得对：还在卖。店已经停业整改。",
)
ENGLISH = Words(
    narrative="A record shop on Example Road in Hutang sells pirated discs, three for ten yuan.",
    place="88 Example Road, Hutang",
    question="On which day did you see them restock?",
    reply="On the fourth, half past seven in the evening.",
    summary="Counted the discs on the shelves; none has a number.",
    answer="We went at the time you named. You were right; the discs are registered and kept.",
    contest="I passed by yesterday: they still sell them.",
    second_summary="Went again the next evening; unregistered discs lay under the counter.",
    second_answer="A colleague went again: you were right, they still sold them. It is shut.",
    identity={"name": "Jane Example", "phone": "13900000000"},
)


@dataclass
class Receipt:
    """What a reporter carries home."""

    reference: str
    code: str = field(repr=False)


def photo(shade: int) -> dict[str, object]:
    """A picture as a telephone sends it."""
    made = io.BytesIO()
    Image.radial_gradient("L").point(lambda light: (light + shade) % 256).save(made, "JPEG")
    return {"name": f"照片{shade}.jpg", "mimeType": "image/jpeg", "buffer": made.getvalue()}


def report_in_steps(reporter: Visitor, words: Words) -> Receipt:
    """From the start page through every step to the receipt, with two photos."""
    reporter.open("/")
    reporter.picture("start")
    reporter.follow("/report")
    reporter.picture("report-what")
    reporter.submit({"subject": "piracy.av_physical"})
    reporter.fill("where", "place")
    reporter.submit({"region_typed": DISTRICT, "place": words.place})
    reporter.picture("report-story")
    reporter.submit({"narrative": words.narrative})
    reporter.submit()
    reporter.fill("files", [photo(0), photo(99)])
    reporter.press("main form button[name=add]")
    reporter.picture("report-files")
    reporter.submit()
    reporter.submit({"contact_mode": "confidential" if words.identity else "anonymous"})
    if words.identity:
        reporter.submit(words.identity)
    reporter.submit()
    assert words.narrative in reporter.text()
    reporter.picture("report-check")
    reporter.submit()
    return read_receipt(reporter)


def report_on_one_page(reporter: Visitor, **fields: object) -> Receipt:
    """The whole report on one page."""
    reporter.open("/report/one-page")
    reporter.submit(fields)
    return read_receipt(reporter)


def read_receipt(reporter: Visitor) -> Receipt:
    """What the receipt says."""
    assert reporter.path == "/report/receipt"
    code = reporter.text(".sl-code__code").strip()
    found = re.search(r"SL-[0-9A-Z]{4}-[0-9A-Z]{4}", reporter.text())
    assert found is not None
    return Receipt(found[0], code)


def confirm_receipt(reporter: Visitor, receipt: Receipt) -> None:
    """Type the last four back, wrongly at first; the code is gone from the page then."""
    reporter.picture("receipt")
    reporter.submit({"last_four": "0000" if not receipt.code.endswith("0000") else "1111"})
    assert reporter.page.locator(".govuk-error-summary").is_visible()
    reporter.submit({"last_four": receipt.code.replace("-", "")[-4:].lower()})
    assert receipt.code not in reporter.page.content()


def track(reporter: Visitor, receipt: Receipt) -> None:
    """Come back with the code."""
    reporter.open("/track")
    reporter.submit({"code": receipt.code})
    assert reporter.path == "/track/report"
    assert receipt.reference in reporter.text("h1")


def erase_identity(reporter: Visitor) -> None:
    """Have the name and contact destroyed."""
    reporter.follow("/track/report/erase")
    reporter.submit()
    assert not reporter.page.locator("a[href$='/erase']").count()


def sign_in(officer: Visitor, installation: Installation, name: str) -> None:
    """Password, then time code."""
    officer.open("/desk")
    officer.submit({"name": name, "password": installation.password})
    officer.submit({"code": installation.time_code(name)})
    assert officer.path == "/desk"


def enter_desk(officer: Visitor, installation: Installation, name: str) -> None:
    """With the session of an earlier sign-in of this account, or else by signing in."""
    context = officer.page.context
    if name in installation.sessions:
        context.add_cookies([installation.sessions[name]])
        officer.open("/desk")
        assert officer.path == "/desk"
        return
    sign_in(officer, installation, name)
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    installation.sessions[name] = cookies["desk"]


def await_routing(installation: Installation, receipt: Receipt, seconds: float = 20.0) -> None:
    """Until a worker has routed it."""
    wait_for(lambda: installation.state_of(receipt.reference) == "routed", "the routing", seconds)


def go_back(somebody: Visitor) -> None:
    """The browser's own button."""
    somebody.page.go_back()
    somebody.arrive()


def go_forward(somebody: Visitor) -> None:
    """And the one beside it."""
    somebody.page.go_forward()
    somebody.arrive()


def open_report(officer: Visitor, receipt: Receipt) -> None:
    """To the report's own page."""
    officer.open(f"/desk/reports/{receipt.reference}")
    assert officer.text("h1") == receipt.reference


def accept(officer: Visitor, receipt: Receipt) -> None:
    """Take it on."""
    officer.press("form[action$='/accept'] button")
    assert officer.path == f"/desk/reports/{receipt.reference}"


def act(officer: Visitor, name: str, /, **fields: object) -> None:
    """One act on a page of its own."""
    officer.follow(f"/{name}")
    officer.submit(fields)
    assert not officer.path.endswith(name), officer.text()


def resolve(officer: Visitor, summary: str, answer: str) -> None:
    """Look into it, answer and close."""
    act(officer, "verify", method="site-visit", finding="confirmed", summary=summary)
    act(officer, "answer", text=answer)
    act(officer, "close", outcome="close.measures-taken")
