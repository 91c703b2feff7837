"""Once a month an organisation with news is told that there is some, and reads it on its page."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.casework.service.acceptance import DeclineReport, decline_report
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.intake.models import Message, MessageKind, Report
from portal.kernel.actor import Actor
from portal.rights_holders.models import Complaint, Organisation
from portal.rights_holders.queries.figures import count_by_age, list_months, list_targets
from portal.rights_holders.queries.own import today
from portal.rights_holders.rules.months import Age, month_before, name_of
from portal.rights_holders.service.complaints import FileComplaint, file_complaint_now
from portal.rights_holders.service.digests import leave_digests, send_digest
from portal.triage.service import triage_report
from tests.factories.casework import make_officer
from tests.factories.rights_holders import GOOD, make_organisation, make_outsider, outsider
from tests.integration.transfers.conftest import postbox as postbox  # noqa: PLC0414  # a fixture

CLOCK = Actor.system("clock")


def test_an_organisation_with_news_is_told_once_a_month_without_a_word_of_it(app, postbox):
    person = make_outsider()
    organisation, quiet = make_organisation(person), make_organisation(person, name="静社")
    file_complaint_now(FileComplaint(organisation.number, GOOD, "zh-Hans"), actor=outsider(person))
    again = {**GOOD, "found-on": "2026-11-02"}
    file_complaint_now(FileComplaint(organisation.number, again, "zh-Hans"), actor=outsider(person))
    last = month_before(today().replace(day=1))
    for one in db.session.query(Complaint):
        one.made_at = datetime(last.year, last.month, 15, tzinfo=UTC)
    db.session.commit()

    assert [leave_digests(actor=CLOCK) for _time in range(2)] == [1, 0]
    [task] = db.session.query(Task).filter_by(kind=TaskKind.SEND_DIGEST)
    assert task.subject_id == organisation.id
    send_digest(task.subject_id, actor=CLOCK)

    [message] = postbox.messages
    text = message["Subject"] + message.get_body().get_content()
    assert "/rights-holders/mine" in text
    for secret in (organisation.name, organisation.number, GOOD["url"], "示例作品"):
        assert secret not in text
    assert db.session.get(Organisation, quiet.id).digest_month == name_of(last)
    newest, before = list_months(db.session(), organisation.id, today())
    assert list_months(db.session(), quiet.id, today()) == [], "nothing happened in any of them"
    assert (newest.sent, before.first, before.sent, before.filed) == (0, last, 2, 2)
    [target] = list_targets(db.session(), organisation)
    assert (target.target, target.count, target.open) == (GOOD["url"], 2, 2)
    assert count_by_age(db.session(), organisation.id)[Age.WEEK] == 2


def test_a_complaint_ends_in_the_month_in_which_its_people_were_told_whatever_changes_later(app):
    person = make_outsider()
    organisation = make_organisation(person)
    file_complaint_now(FileComplaint(organisation.number, GOOD, "zh-Hans"), actor=outsider(person))
    report = db.session.query(Report).one()
    triage_report(report.id, actor=CLOCK)
    db.session.expire_all()
    officer = make_officer(report.department_code)
    decline_report(DeclineReport(report.reference, "decline.no-breach"), actor=officer)
    last = month_before(today().replace(day=1))
    told = db.session.query(Message).filter_by(kind=MessageKind.ANSWER).one()
    told.sent_at = datetime(last.year, last.month, 15, tzinfo=UTC)
    db.session.commit()

    newest, before = list_months(db.session(), organisation.id, today())

    assert (newest.ended, before.ended) == (0, 1)


@pytest.mark.parametrize("first", [datetime(2026, 1, 1, tzinfo=UTC).date()])
def test_the_month_before_january_is_december(first):
    assert name_of(month_before(first)) == "2025-12"
    assert month_before(first) + timedelta(days=31) == first
