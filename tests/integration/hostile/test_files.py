"""Hostile files by way of the form: the report is taken, and the file does no harm."""

import io

import pytest
from sqlalchemy import select

from portal.evidence.models import Evidence, Rendition
from portal.evidence.service import make_rendition, scan
from portal.evidence.states import EvidenceState, NoRendition
from portal.infra.database import db
from portal.intake.models import ReportFile
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError
from tests.factories import evidence as sent
from tests.integration.evidence.conftest import _clear_volume, clamd  # noqa: F401  # fixtures

WORKER = Actor.system("worker")


def upload(content, name):
    return {"files": (io.BytesIO(content), name)}


def the_file():
    """The one file of the one report."""
    link = db.session.scalars(select(ReportFile)).one()
    return db.session.get_one(Evidence, link.evidence_id)


@pytest.mark.requirement("T22")
@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (sent.pixel_flood(), "flood.png", NoRendition.TOO_LARGE),
        (sent.picture()[:-200], "cut.jpg", NoRendition.BROKEN),
    ],
    ids=["169 megapixels", "truncated"],
)
def test_a_picture_that_cannot_be_drawn_is_kept_and_only_its_copy_is_missing(
    sender, reports, content, name, why
):
    answer = sender.send(upload(content, name))

    assert answer.status_code == 303
    file = the_file()
    make_rendition(file.id, actor=WORKER)
    assert db.session.scalars(select(Rendition)).one().reason is why
    assert reports() == 1


@pytest.mark.requirement("T25")
def test_a_virus_does_not_stop_the_report_and_is_opened_by_nobody(sender, clamd):  # noqa: F811
    answer = sender.send(upload(b"name,price\n" + sent.EICAR + b"\n", "prices.csv"))

    assert answer.status_code == 303
    file = the_file()
    scan(file.id, actor=WORKER)
    assert file.state is EvidenceState.INFECTED


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.png"),
        (b"MZ\x90\x00" + bytes(500), "photo.jpg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "a.svg"),
        (b"<html><script>alert(1)</script></html>", "page.html"),
    ],
    ids=["empty", "program", "svg", "html"],
)
def test_a_file_that_is_not_taken_is_named_and_the_text_is_kept(sender, reports, content, name):
    answer = sender.send(upload(content, name))

    assert answer.status_code == 422
    assert name in answer.text
    assert "示例路一家书店" in answer.text
    assert reports() == 0


def test_without_room_for_files_the_text_can_still_be_sent(sender, reports, chosen):
    chosen(MIN_FREE_SHARE=1)

    refused = sender.send(upload(sent.picture(), "photo.jpg"))
    taken = sender.send()

    assert refused.status_code == 422
    assert "error-summary" in refused.text
    assert taken.status_code == 303
    assert reports() == 1


def test_more_files_than_allowed_are_refused_with_the_number(sender, reports, chosen):
    chosen(MAX_FILES=2)
    files = [(io.BytesIO(sent.picture()), f"{number}.jpg") for number in range(3)]

    answer = sender.send({"files": files})

    assert answer.status_code == 422
    assert reports() == 0


def test_nothing_is_kept_of_a_report_that_the_service_refuses(sender, reports, monkeypatch):
    def refuse(*_arguments, **_options):
        raise PortalError("refused-for-the-test")

    monkeypatch.setattr("portal.intake.service.submit_report", refuse)

    answer = sender.send(upload(sent.picture(), "photo.jpg"))

    assert answer.status_code >= 400
    assert reports() == 0
    assert db.session.scalars(select(ReportFile)).all() == []
