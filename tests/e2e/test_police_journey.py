"""A case goes to the police, in a browser: decided on, handed over in time, answered, resumed."""

import hashlib
import io
import json
import zipfile
from datetime import datetime, timedelta

import pikepdf
import pytest

from tests.e2e import casework, people
from tests.e2e.installation import wait_for
from tests.e2e.people import CHINESE, DISTRICT, ENGLISH, photo
from tests.papers import words_of

pytestmark = pytest.mark.timeout(400, method="thread")

WORDS = {"zh-CN": CHINESE, "en": ENGLISH}
SENDER = {"name": "杜鹃某", "phone": "13900008888"}
TIMES = """SELECT decided_at || '/' || hand_over_by FROM case_referral r
  JOIN case_file c ON c.id = r.case_id WHERE c.number = ?"""
WAITS = "SELECT referred_at FROM case_file WHERE number = ?"


def saved(officer, link: str) -> bytes:
    """What the officer saves by this link."""
    with officer.page.expect_download() as coming:
        officer.page.locator(f"a[href$='{link}']").first.click()
    return coming.value.path().read_bytes()


def verified(body: bytes) -> dict[str, bytes]:
    """The files of a bundle, each as its list says and no other beside them."""
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    sums = dict(
        reversed(line.split("  ")) for line in files.pop("SHA256SUMS").decode().splitlines()
    )
    assert files.pop("VERIFY.txt")
    assert {name: hashlib.sha256(one).hexdigest() for name, one in files.items()} == sums
    listed = json.loads(files.pop("manifest.json"))["files"]
    assert {one["name"]: one["sha256"] for one in listed} == {name: sums[name] for name in files}
    return files


@pytest.mark.requirement("D8")
@pytest.mark.requirement("E23")
@pytest.mark.parametrize(
    ("language", "scripts"),
    [("zh-CN", True), ("en", False)],
    ids=["in Chinese", "in English without JavaScript"],
)
def test_a_case_goes_to_the_police_with_a_bundle_that_verifies_and_comes_back(
    enter, installation, language, scripts
):
    words, paper = WORDS[language], photo(33)
    with (
        enter(language, scripts=scripts) as reporter,
        enter(language, scripts=scripts) as officer,
        enter(language, scripts=scripts) as head,
    ):
        told = {"narrative": words.narrative, "place": words.place, "region": DISTRICT}
        known = {"category": "piracy.av_physical", "contact_mode": "confidential", **SENDER}
        receipt = people.report_on_one_page(reporter, **told, **known)
        people.await_routing(installation, receipt)
        people.enter_desk(officer, installation, "officer")
        people.enter_desk(head, installation, "head")
        people.open_report(officer, receipt)
        people.accept(officer, receipt)
        desk = casework.open_case(officer, [receipt], words.answer, words.summary)
        day = casework.today().isoformat()
        desk.act("add-paper", paper="inspection-record", dated=day, files=[paper])
        officer.open(f"{desk.home}/refer")
        officer.page.locator("main [name=papers]").check()
        desk.done(reason=words.summary)
        assert not officer.page.locator("a[href$='/approve']").count()

        desk.for_(head).show()
        desk.for_(head).follow("/approve", reason=words.second_summary)
        decided, by = map(datetime.fromisoformat, installation.value(TIMES, desk.number).split("/"))
        assert timedelta(0) < by - decided <= timedelta(hours=24)
        wait_for(lambda: desk.offers("bundle"), "the bundle")
        files = verified(saved(officer, "/bundle"))

        assert [name for name in files if name.startswith("papers/")]
        assert paper["buffer"] in files.values()
        with pikepdf.open(io.BytesIO(files["sheet.pdf"])) as sheet:
            said = words_of(sheet)
        assert words.summary in said
        for canary in (*SENDER.values(), receipt.reference, words.narrative, words.place):
            assert canary not in said
        desk.show()
        desk.follow("/hand-over", receiver="示例派出所", receipt="示公收〔2026〕7号")
        assert installation.value(WAITS, desk.number)
        assert not desk.for_(head).offers("move/drop")

        desk.show()
        desk.follow("/answer", result="sent-back", answered_on=day, text=words.second_answer)
        assert words.second_answer in desk.show()
        assert installation.value(WAITS, desk.number) is None
        assert desk.for_(head).offers("move/drop")
        assert installation.state_of(receipt.reference) == "accepted"
