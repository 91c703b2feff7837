"""Who is told what: every cell of the table, sent or not, in its exact words (U36)."""

import csv
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.cases.models import Case
from portal.cases.queries.access import key_of
from portal.casework.service.merging import MergeReports, merge_reports
from portal.decisions.models import PartyLetter
from portal.decisions.queries.parties import words_of
from portal.decisions.service.telling import tell
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake import queries as reports
from portal.intake.content import message_context
from portal.intake.models import Message, MessageKind, Report
from portal.intake.states import ReportState
from portal.jurisdiction.place import Text
from portal.jurisdiction.tables import NoticeEvent, Recipient
from portal.kernel.actor import Actor
from tests.factories.cases import make_case
from tests.factories.casework import make_officer
from tests.factories.decisions import make_party, open_page
from tests.factories.intake import make_report
from tests.factories.packs import shipped

TABLE = Path(__file__).with_name("notices.csv")


def cells():
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [(NoticeEvent(r["event"]), Recipient(r["recipient"]), r["zh"], r["en"]) for r in rows]


@pytest.fixture(scope="module")
def matter(module_app):
    """A case with two parties that have pages and one that has none, and two reporters."""
    officer = make_officer()
    sent = [
        make_report(state=ReportState.ACCEPTED, officer=officer, language=language)
        for language in ("zh-Hans", "en")
    ]
    number = make_case(*sent, officer=officer)
    parties = [make_party(number, officer) for _one in range(3)]
    for party in parties[:2]:
        open_page(number, party, officer)
    return number, parties, [one.id for one in sent]


@pytest.mark.requirement("U36")
@pytest.mark.usefixtures("app")
def test_whoever_had_a_report_merged_into_one_of_the_case_is_told_as_the_others_are():
    officer = make_officer()
    leading, merged, erased = (
        make_report(state=ReportState.ACCEPTED, officer=officer) for _one in range(3)
    )
    number = make_case(leading, officer=officer)
    for one in (merged, erased):
        merge_reports(MergeReports(leading.reference, one.reference), actor=officer)
    told = {one: len(said_to_reporter(one)) for one in (leading.id, merged.id)}
    gone = db.session.get_one(Report, erased.id)
    gone.content = gone.content_key = None
    db.session.commit()
    case = db.session.scalars(select(Case).where(Case.number == number)).one()

    with unit_of_work(Actor.system("test")) as uow:
        tell(uow, uow.session.get_one(Case, case.id), NoticeEvent.SERVED)

    sentence = shipped("cn_culture_market").notices["served", "other-reporters"].sentence
    for one, before in told.items():
        assert said_to_reporter(one)[before:] == [sentence.zh]


def said_to_party(case, party):
    rows = db.session.scalars(select(PartyLetter).where(PartyLetter.party_id == party))
    return [words_of(one, key_of(case)) for one in rows]


def said_to_reporter(report_id):
    report = db.session.get_one(Report, report_id)
    told = Message.report_id == report_id, Message.kind == MessageKind.NOTICE
    key = reports.key_of(report)
    return [
        key.decrypt_text(one.body, message_context(one.id))
        for one in db.session.scalars(select(Message).where(*told).order_by(Message.sent_at))
    ]


@pytest.mark.requirement("U36")
@pytest.mark.requirement("F11")
@pytest.mark.parametrize(("event", "recipient", "zh", "en"), cells())
def test_every_cell_of_the_table_is_sent_as_it_stands_or_not_at_all(
    matter, event, recipient, zh, en
):
    number, (own, other, pageless), (asker, further) = matter
    of_reporter = event.value.startswith("review-")
    of_both = event.value.startswith("counter-")
    case = db.session.scalars(select(Case).where(Case.number == number)).one()
    zh_before, en_before = len(said_to_reporter(asker)), len(said_to_reporter(further))
    letters = {one: len(said_to_party(case, one)) for one in (own, other, pageless)}

    with unit_of_work(Actor.system("test")) as uow:
        about = {"report": asker} if of_reporter or of_both else {}
        about |= {} if of_reporter else {"party": own}
        tell(uow, uow.session.get_one(Case, case.id), event, **about)

    case = db.session.scalars(select(Case).where(Case.number == number)).one()
    expected = [Text(zh, en)] if zh else []
    if recipient is Recipient.THE_PARTY:
        told = [] if of_reporter else said_to_party(case, own)[letters[own] :]
        assert told == expected
    elif recipient is Recipient.OTHER_PARTIES:
        assert said_to_party(case, other)[letters[other] :] == expected
    elif recipient is Recipient.THE_REPORTER:
        told = said_to_reporter(asker)[zh_before:] if of_reporter or of_both else []
        assert told == ([zh] if zh else [])
    else:
        assert said_to_reporter(further)[en_before:] == ([en] if en else [])
        if not (of_reporter or of_both):
            assert said_to_reporter(asker)[zh_before:] == ([zh] if zh else [])
    assert said_to_party(case, pageless) == []


@pytest.mark.requirement("U36")
def test_the_table_has_every_cell_and_the_packs_no_other():
    listed = {(event, recipient) for event, recipient, _zh, _en in cells()}

    assert listed == {(event, one) for event in NoticeEvent for one in Recipient}
    sent = {(event.value, one.value) for event, one, zh, _en in cells() if zh}
    for pack in ("cn_culture_market", "en_ip_office"):
        assert set(shipped(pack).notices) == sent


@pytest.mark.requirement("U36")
@pytest.mark.parametrize("words", ["您的异议", "Your objection", "您的复查申请", "Your request"])
def test_nobody_but_whoever_objected_reads_of_an_objection_of_theirs(words):
    its_own = {Recipient.THE_PARTY, Recipient.THE_REPORTER}

    for _event, recipient, *texts in cells():
        assert recipient in its_own or not any(words in text for text in texts)
