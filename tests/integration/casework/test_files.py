"""The files of a report: grey until asked for, reached through it only, noted when opened."""

import io
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.casework.service.closing import CloseUnrouted, close_unrouted
from portal.casework.service.erasure import erase_after_waiting
from portal.evidence.models import CustodyEntry, Evidence
from portal.evidence.service import IncomingFile, limits, make_rendition, receive
from portal.evidence.states import CustodyAct
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.models import ReportFile
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from tests.factories.accounts import enter_desk, make_account
from tests.factories.casework import make_clerk
from tests.factories.evidence import SECRET, photo_that_tells
from tests.factories.intake import make_report
from tests.pages import Pages

S = ReportState
HOSTILE_NAME = '"><script>alert(1)</script>\u202egpj.jpg'


def enclose(report, content=None, name="照片.jpg"):
    """A photo that came with the report, with its copy made."""
    stream = io.BytesIO(content or photo_that_tells())
    with unit_of_work(Actor.public()) as uow:
        file = receive(uow, IncomingFile(stream, name), limits=limits())
        uow.session.add(ReportFile(evidence_id=file.id, report_id=report.id))
        evidence_id = file.id
    make_rendition(evidence_id, actor=Actor.system("test"))
    return evidence_id


@pytest.fixture
def pages(app):
    pages = Pages(app)
    account = make_account(Role.CASE_OFFICER, department="CULTURE_ENF@320412", region="320412")
    enter_desk(pages, account)
    return pages


def acts(evidence_id):
    entries = select(CustodyEntry.act).where(CustodyEntry.evidence_id == evidence_id)
    return set(db.session.scalars(entries))


def test_seeing_a_preview_is_in_the_chain_of_custody_once_an_hour_for_each_person(pages, app):
    report = make_report(state=S.ROUTED)
    evidence_id = enclose(report)
    at = f"/desk/reports/{report.reference}/files/{evidence_id}/preview"
    other = Pages(app)
    colleague = make_account(Role.CASE_OFFICER, department="CULTURE_ENF@320412", region="320412")
    enter_desk(other, colleague)

    for reader in (pages, pages, other):
        assert reader.get(at).status == 200

    seen = select(CustodyEntry.actor_id).where(
        CustodyEntry.evidence_id == evidence_id, CustodyEntry.act == CustodyAct.OPENED_PREVIEW
    )
    readers = list(db.session.scalars(seen))
    assert len(readers) == len(set(readers)) == 2
    assert colleague.id in readers


def test_a_picture_is_a_grey_blur_until_it_is_asked_for(pages):
    report = make_report(state=S.ROUTED)
    evidence_id = enclose(report, name=HOSTILE_NAME)
    at = f"/desk/reports/{report.reference}"

    veiled = pages.get(at)
    shown = pages.get(f"{at}?show={evidence_id}")

    assert veiled.one("img")["src"].endswith("/preview")
    assert shown.one("img")["src"].endswith("/rendition")
    assert "未做病毒检查" in veiled.text()
    assert "\u202e" not in veiled.text()


@pytest.mark.requirement("T17")
@pytest.mark.parametrize("what", ["preview", "rendition"])
def test_what_is_handed_out_is_inert_and_without_hidden_data(pages, what):
    report = make_report(state=S.ROUTED)
    evidence_id = enclose(report)

    answer = pages.client.get(f"/desk/reports/{report.reference}/files/{evidence_id}/{what}")

    assert answer.status_code == 200
    assert answer.data.startswith(b"\xff\xd8")
    assert SECRET not in answer.data
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_original_is_opened_for_a_reason_that_is_kept(pages):
    report = make_report(state=S.ROUTED)
    evidence_id = enclose(report)
    at = f"/desk/reports/{report.reference}/files/{evidence_id}/original"

    refused = pages.post(pages.get(at), {"reason": "看"})
    assert refused.status == 422
    assert CustodyAct.OPENED_ORIGINAL not in acts(evidence_id)

    fields = refused.fields() | {"reason": "核对拍摄时间和地点"}
    answer = pages.client.post(at, data=fields)

    assert answer.data == photo_that_tells()
    assert CustodyAct.OPENED_ORIGINAL in acts(evidence_id)
    assert "打开了文件原件" in pages.get(f"/desk/reports/{report.reference}").text()


def test_a_file_is_reached_through_its_own_report_only(pages):
    own = make_report(state=S.ROUTED)
    foreign = make_report(state=S.ROUTED, department="CULTURE_ENF@320402")
    evidence_id = enclose(foreign)

    for reference in (own.reference, foreign.reference):
        for what in ("preview", "rendition"):
            path = f"/desk/reports/{reference}/files/{evidence_id}/{what}"
            assert pages.get(path).status == 404
    path = f"/desk/reports/{own.reference}/files/{uuid4()}/preview"
    assert pages.get(path).status == 404


@pytest.mark.usefixtures("app")
def test_what_is_purged_takes_its_files_along():
    report = make_report(columns={"flags": ["purge_third_party_pii"]})
    evidence_id = enclose(report)

    close_unrouted(CloseUnrouted(report.reference, "unrouted.out-of-scope"), actor=make_clerk())
    erase_after_waiting(report.id, actor=Actor.system("test"))

    assert db.session.get(Evidence, evidence_id) is None
    assert db.session.scalars(select(ReportFile)).all() == []


def test_the_form_for_an_original_is_there_for_the_files_of_this_report_only(pages):
    own, other = (make_report(state=ReportState.ROUTED) for _ in range(2))
    evidence_id = enclose(other)

    for reference, wanted, status in (
        (own.reference, uuid4(), 404),
        (own.reference, evidence_id, 404),
        (other.reference, evidence_id, 200),
    ):
        assert pages.get(f"/desk/reports/{reference}/files/{wanted}/original").status == status
