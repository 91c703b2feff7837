"""Reports made before the transaction in which they are written: true to what stands then."""

from contextlib import contextmanager

import pytest
from sqlalchemy import delete, select, update

from portal.accounts.models import Account
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.models import Report
from portal.intake.queries import content_of
from portal.kernel.actor import Actor
from portal.rights_holders.models import Complaint, Organisation, Work, WorkFile
from portal.rights_holders.rules.sheets import COMPLAINT_COLUMNS
from portal.rights_holders.service import filing
from portal.rights_holders.service.complaints import SendSheet, declare_sheet, send_sheet
from portal.rights_holders.service.erasure import withdraw_complaint
from portal.rights_holders.sheets import read_sheet
from portal.rights_holders.states import ComplaintState
from tests.factories.rights_holders import make_organisation, make_outsider, outsider, workbook

HEAD = ("作品", "侵权网址", "发现日期", "事实", "权利依据")
WORKER = Actor.system("file_complaint")
ROWS = 3


@pytest.fixture
def actor(app):
    return outsider(make_outsider())


@pytest.fixture
def organisation(actor):
    made = make_organisation(db.session.get_one(Account, actor.id), works=2)
    rows = [
        ("1", f"https://pirate.example/{at}", "2026-11-01", "未经许可提供下载", "权利人")
        for at in range(ROWS)
    ]
    sheet = read_sheet(workbook(HEAD, *rows), COMPLAINT_COLUMNS)
    number = send_sheet(SendSheet(made.number, sheet, "zh-Hans"), actor=actor)
    declare_sheet(made.number, number, actor=actor)
    return made


@pytest.fixture
def meanwhile(monkeypatch):
    """Have something happen after the reports were made and before they are written."""

    def have(happen):
        @contextmanager
        def late(actor):
            happen()
            with unit_of_work(actor) as uow:
                yield uow

        monkeypatch.setattr(filing, "unit_of_work", late)

    return have


@pytest.fixture
def times_made(monkeypatch):
    """How often a report was made."""
    made = []
    prepare = filing.prepare
    monkeypatch.setattr(
        filing, "prepare", lambda *given, **named: made.append(1) or prepare(*given, **named)
    )
    return made


def complaints():
    found = select(Complaint).order_by(Complaint.number).execution_options(populate_existing=True)
    return db.session.scalars(found).all()


def file_all():
    filing.file_complaints([one.id for one in complaints()], actor=WORKER)
    return complaints()


def told():
    return [content_of(one).narrative for one in db.session.scalars(select(Report)).all()]


def put(model, **values):
    db.session.execute(update(model).values(**values))
    db.session.commit()


def test_what_nothing_changed_is_made_once(organisation, times_made):
    assert {one.state for one in file_all()} == {ComplaintState.FILED}
    assert len(times_made) == ROWS


@pytest.mark.parametrize(
    ("model", "values", "says"),
    [
        (Work, {"title": "改了名的作品"}, "改了名的作品"),
        (Work, {"sellers": ["新授权书店"]}, "新授权书店"),
        (Organisation, {"name": "改了名的出版社", "version": Organisation.version + 1}, "改了名的"),
        (Complaint, {"language": "en", "version": Complaint.version + 1}, "Work:"),
    ],
    ids=["title of the work", "licensed sellers", "name of the organisation", "the complaint"],
)
def test_what_changed_before_the_writing_is_made_anew(
    organisation, meanwhile, times_made, model, values, says
):
    meanwhile(lambda: put(model, **values))

    assert {one.state for one in file_all()} == {ComplaintState.FILED}
    assert all(says in one for one in told())
    assert len(times_made) == 2 * ROWS


def test_a_proof_that_goes_before_the_writing_sends_its_complaints_back(organisation, meanwhile):
    def take_away():
        db.session.execute(delete(WorkFile))
        db.session.commit()

    meanwhile(take_away)

    assert {one.state for one in file_all()} == {ComplaintState.NEEDS_INFORMATION}
    assert told() == []


def test_a_complaint_withdrawn_before_the_writing_stays_so_and_the_others_are_filed(
    organisation, actor, meanwhile
):
    meanwhile(lambda: withdraw_complaint(organisation.number, 2, actor=actor))

    filed, withdrawn, other = file_all()
    assert (filed.state, other.state) == (ComplaintState.FILED, ComplaintState.FILED)
    assert withdrawn.state is ComplaintState.WITHDRAWN
    assert len(told()) == ROWS - 1
