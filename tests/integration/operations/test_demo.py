"""The demonstration: the desk is alive at first sight, and nothing of it gets into production."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from portal.accounts.models import Account
from portal.audit.trail import verify
from portal.evidence.models import Evidence
from portal.hosts.models import HostContact
from portal.infra.config import settings
from portal.infra.database import db
from portal.intake.models import Channel, Message, MessageKind, Report, ReporterIdentity
from portal.intake.nearest import NO_CLOCK
from portal.intake.rules import local_date
from portal.intake.states import ReportState
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import RuleBroken
from portal.kernel.reference import parse_receipt
from portal.operations import demo
from portal.operations.demo import DESK, demo_receipts, fill_demo
from portal.operations.demo_stories import stories
from portal.operations.reconciliation import find_last, reconcile
from portal.rights_holders.models import Complaint
from portal.rights_holders.states import ComplaintState

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def filled(module_app):
    """The demonstration, made once for this file."""
    return fill_demo()


def count(*conditions) -> int:
    return db.session.scalar(select(func.count()).select_from(Report).where(*conditions))


def test_as_many_reports_are_made_as_are_told_and_none_a_second_time(filled):
    assert filled == len(stories()) >= 45
    assert fill_demo() == 0


def test_there_are_reports_in_every_state(filled):
    assert set(db.session.scalars(select(Report.state).distinct())) == set(ReportState)


def test_some_are_left_to_the_workers(filled):
    assert count(Report.state == ReportState.RECEIVED, Report.routing_version == 0) >= 8


def test_some_are_overdue_restricted_in_conflict_and_of_each_language(filled):
    today = local_date(current_place(), datetime.now(UTC))

    assert count(Report.next_due_on < today, Report.next_due_on != NO_CLOCK) >= 3
    assert count(Report.restricted) == 1
    assert count(Report.conflict) == 2
    assert set(db.session.scalars(select(Report.language).distinct())) == {"zh-Hans", "en"}
    assert {Channel.WEB, Channel.TELEPHONE, Channel.LETTER} <= set(
        db.session.scalars(select(Report.channel).distinct())
    )


def test_the_demo_officer_has_work_and_somebody_waits_for_an_answer(filled):
    mine = Report.department_code == DESK

    assert count(mine, Report.state == ReportState.ROUTED) >= 3
    assert count(mine, Report.state == ReportState.CONTESTED) >= 1
    assert count(mine, Report.waiting_since.is_not(None)) >= 1


def test_identities_are_sealed_and_photos_kept(filled):
    assert db.session.scalar(select(func.count()).select_from(ReporterIdentity)) >= 10
    assert db.session.scalar(select(func.count()).select_from(Evidence)) >= 3
    question = Message.kind == MessageKind.QUESTION
    assert db.session.scalar(select(func.count()).select_from(Message).where(question)) >= 3


def test_there_is_one_account_for_each_role(filled):
    roles = [account.roles for account in db.session.scalars(select(Account)) if account.is_demo]

    assert frozenset().union(*roles) == frozenset(Role)
    beside = [each for each in roles if len(each) > 1]
    assert beside == [{Role.CUSTODIAN_R, Role.CASE_OFFICER}], "who asks for a name works on reports"


def test_a_rights_holder_has_works_complaints_and_one_that_waits_and_a_host_is_known(filled):
    states = db.session.scalars(select(Complaint.state).order_by(Complaint.number)).all()

    filed, waits = ComplaintState.FILED, ComplaintState.NEEDS_INFORMATION
    assert states == [filed, filed, waits]
    assert db.session.scalar(select(func.count()).select_from(HostContact)) == 1


def test_everything_agrees_afterwards(filled):
    assert verify(db.session())[2] is None
    assert reconcile(actor=Actor.system("reconcile")), find_last(db.session()).findings


def test_the_codes_that_are_printed_are_receipt_codes(filled):
    receipts = demo_receipts(db.session())

    assert len(receipts) == len(stories())
    assert all(parse_receipt(receipt.code) for receipt in receipts)


def test_there_is_no_demonstration_in_production(filled, monkeypatch):
    production = settings().model_copy(update={"env": "production"})
    monkeypatch.setattr(demo, "settings", lambda: production)

    with pytest.raises(RuleBroken):
        fill_demo()
    with pytest.raises(RuleBroken):
        demo_receipts(db.session())


def test_names_of_the_stories_are_their_own():
    names = [story.name for story in stories()]

    assert len(set(names)) == len(names)
