"""What a thief of the whole data folder, a reader of the logs or of the queue would not find.

A real installation, a report with a canary in every field, its whole life, every refusal on the
way; then every byte that was written anywhere is searched (T33, T34, T35).
"""

import asyncio
import contextlib
import io
import re
import time

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bench.client import Citizen, FilePart, Origin, hidden_fields
from bench.running import installation
from tests.integration.hostile import canaries
from tests.loops import in_a_loop

FORM = "/report/one-page"
REFERENCE = re.compile(r"\bSL-[0-9A-Z]{4}-[0-9A-Z]{4}\b")
CODE = re.compile(r'class="sl-code__code"[^>]*>\s*(.+?)\s*</p>')
PATIENCE = 60

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


def photo():
    """A picture that tells where it was taken."""
    words = PngInfo()
    words.add_text("Comment", canaries.FILE_CONTENT)
    file = io.BytesIO()
    Image.new("RGB", (20, 20), (120, 90, 60)).save(file, "PNG", pnginfo=words)
    return FilePart(f"{canaries.FILE_NAME}.png", file.getvalue(), "image/png")


async def report(here):
    """Send everything there is to send; return the reference and the code."""
    origin = Origin(here.base)
    citizen = Citizen(origin)
    fields = hidden_fields((await citizen.get(FORM)).text) | {
        "category": "piracy.print",
        "narrative": canaries.NARRATIVE,
        "place": canaries.PLACE,
        "contact_mode": "confidential",
        "name": canaries.NAME,
        "phone": canaries.PHONE,
        "email": canaries.EMAIL,
        "wants_feedback": "y",
    }
    (await citizen.post_files(FORM, fields, [("files", photo())])).demand(303)
    page = (await citizen.get("/report/receipt")).text
    await provoke(citizen, fields)
    origin.close()
    return REFERENCE.search(page)[0], CODE.search(page)[1].replace("<wbr>", "")


async def provoke(citizen, fields):
    """Be refused in every way that a stranger can, with a canary in every field."""
    statuses = [
        (await citizen.post(FORM, fields | {"csrf_token": canaries.NAME})).status,
        (await citizen.get(f"/{canaries.PHONE}")).status,
        (await citizen.get(f"/desk/reports?q={canaries.PHONE}")).status,
        (await citizen.post("/desk/sign-in", fields)).status,
        (await citizen.post("/", fields)).status,
        (await citizen.post(FORM, fields | {"narrative": canaries.NARRATIVE + "x"})).status,
        (await citizen.post(FORM, fields | {"narrative": ""})).status,
    ]
    assert {400, 404, 405, 422} <= set(statuses), statuses
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):  # it does not read it all: 413
        await citizen.post(FORM, fields | {"narrative": canaries.NARRATIVE * 90_000})
    page = await citizen.get("/track")
    wrong = hidden_fields(page.text, "code") | {"code": f"{canaries.PHONE} {canaries.NAME}"}
    assert (await citizen.post("/track", wrong)).status in {404, 422}


@pytest.fixture(scope="module")
def after():
    """An installation in which a report has lived its whole life, and what was promised for it."""
    with installation() as here:
        here.run("setup", "--empty")
        here.python("-m", "bench.seeding", "staff")
        here.start()
        reference, code = in_a_loop(report(here))
        give_up = time.monotonic() + PATIENCE
        while here.rows("SELECT 1 FROM task WHERE state = 'pending'"):
            assert time.monotonic() < give_up, here.rows("SELECT kind, last_error FROM task")
            time.sleep(0.2)
        here.python("-m", "tests.integration.hostile.life", reference)
        yield here, reference, code


def test_the_life_of_the_report_was_lived(after):
    here, reference, _code = after

    state = here.rows("SELECT state FROM report WHERE reference = ?", reference)

    assert state == [("contested",)]
    assert len(here.rows("SELECT 1 FROM message")) >= 3
    assert {row[0] for row in here.rows("SELECT state FROM task")} == {"done"}


@pytest.mark.requirement("G11")
def test_no_file_of_the_data_folder_holds_a_word_of_it(after):
    here, _reference, _code = after

    assert canaries.found_under(here.var) == {}


@pytest.mark.requirement("G8")
def test_no_file_of_the_data_folder_holds_the_receipt_code(after):
    here, _reference, code = after

    plain = code.replace("-", "").replace(" ", "")
    assert canaries.found_under(here.var, code, plain, plain.lower()) == {}


@pytest.mark.requirement("G8")
def test_the_queue_has_carried_nothing_but_ids(after):
    here, reference, _code = after

    # The queue server writes down every command it was ever sent.
    files = [path for path in (here.var / "queue").rglob("*") if path.is_file()]
    written = canaries.unpacked(b"".join(path.read_bytes() for path in files))

    assert b"workers.runner.run_tasks" in written
    assert canaries.found_in(written) == []
    assert reference.encode() not in written


@pytest.mark.requirement("T35")
@pytest.mark.requirement("G8")
def test_no_log_holds_a_word_a_code_a_cookie_or_an_address(after):
    here, _reference, code = after

    said = here.output.partition("Sunline is running")[2]

    assert canaries.found_in(said.encode()) == []
    assert code not in said
    assert "127.0.0.1" not in said
    assert "INSERT" not in said
    assert "Cookie" not in said
