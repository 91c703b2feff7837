"""Opening who reported: two people of two groups, once, in time, and on the trail."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.audit.models import AuditEvent
from portal.casework.service.erasure import erase_words
from portal.custody.models import Custodian, Opening
from portal.custody.rules import OpeningPurpose
from portal.custody.sealing import CustodianGroup
from portal.custody.service.openings import lapse_openings, said_of
from portal.custody.states import OpeningState
from portal.feedback.service import erase_identity
from portal.identities.queries import KIND, get_opening, list_quarters, list_told
from portal.identities.rules import published
from portal.identities.service import (
    HoldNotice,
    ReadIdentity,
    RefuseOpening,
    ReleaseOpening,
    hold_notice,
    refuse_opening,
    release_opening,
    tell_of_openings,
    withdraw_opening,
)
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.models import Report
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import (
    MoveRefused,
    NotFound,
    NotPermitted,
    RuleBroken,
    TooManyAttempts,
)
from tests.factories.accounts import actor_of, make_account
from tests.factories.casework import keep_out, make_officer
from tests.factories.custody import PASSPHRASE, make_custodian
from tests.factories.intake import DEPARTMENT, make_report
from tests.integration.identities.conftest import BASIS, EMAIL, NAME, PHONE, REASON, named_report

CLOCK = Actor.system("clock")


def now(opening_id) -> Opening:
    db.session.expire_all()
    return db.session.get_one(Opening, opening_id)


def trail(*actions: str) -> list[AuditEvent]:
    wanted = select(AuditEvent).where(AuditEvent.action.in_(actions)).order_by(AuditEvent.seq)
    return list(db.session.scalars(wanted))


@pytest.mark.requirement("F14")
@pytest.mark.requirement("U16")
def test_one_of_each_group_opens_the_fields_asked_for_and_no_other(opening):
    opening_id = opening.ask()
    opening.release(opening_id)

    assert opening.read(opening_id) == {"phone": PHONE}

    made = now(opening_id)
    assert (made.state, made.inner_seal) == (OpeningState.READ, None)
    [opened] = trail("identity.open")
    assert opened.subject_id == opening.report.id
    assert opened.details == {"fields": "phone", "purpose": "witness"}
    assert [one.action for one in trail("opening.ask", "opening.release", "opening.read")] == [
        "opening.ask",
        "opening.release",
        "opening.read",
    ]


def test_what_was_read_is_not_shown_again(opening):
    opening_id = opening.ask()
    opening.release(opening_id)
    opening.read(opening_id)

    with pytest.raises(MoveRefused):
        opening.read(opening_id)


def test_nothing_is_read_before_it_is_released(opening):
    opening_id = opening.ask()

    with pytest.raises(MoveRefused):
        opening.read(opening_id)

    assert now(opening_id).state is OpeningState.ASKED


@pytest.mark.requirement("U16")
def test_a_release_that_nobody_used_in_time_is_worth_nothing_and_is_destroyed(opening):
    opening_id = opening.ask()
    opening.release(opening_id)
    late = datetime.now(UTC) - timedelta(seconds=1)
    db.session.execute(update(Opening).values(ends_at=late))
    db.session.commit()

    with pytest.raises(MoveRefused):
        opening.read(opening_id)
    assert lapse_openings(actor=CLOCK) == 1

    made = now(opening_id)
    assert (made.state, made.inner_seal) == (OpeningState.LAPSED, None)
    assert lapse_openings(actor=CLOCK) == 0


def test_only_a_time_from_the_list_can_be_given(opening):
    opening_id = opening.ask()

    with pytest.raises(RuleBroken, match="opening-minutes-unknown"):
        opening.release(opening_id, minutes=100_000)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fields": ()}, "opening-fields-unknown"),
        ({"fields": ("address",)}, "opening-fields-unknown"),
        ({"reason": "为了办案需要  " + " " * 30}, "opening-needs-reason"),
        ({"basis": "  "}, "opening-needs-basis"),
    ],
)
def test_a_request_without_field_reason_or_basis_is_refused_and_noted(opening, changes, code):
    with pytest.raises(RuleBroken, match=code):
        opening.ask(**changes)

    [tried] = trail("opening.try")
    assert tried.details == {"attempt": "ask", "refusal": code}


def test_reason_and_basis_are_encrypted_and_on_no_trail(opening):
    opening_id = opening.ask()

    made = now(opening_id)
    assert (said_of(made).reason, said_of(made).basis) == (REASON, BASIS)
    assert REASON.encode() not in made.words
    everything = repr([one.details for one in db.session.scalars(select(AuditEvent))])
    assert not any(word in everything for word in (REASON, BASIS, NAME, PHONE, EMAIL))


def test_an_anonymous_report_has_nothing_to_open(opening):
    anonymous = make_report()
    db.session.execute(update(type(anonymous)).values(department_code=DEPARTMENT, state="routed"))
    db.session.commit()

    with pytest.raises(RuleBroken, match="no-identity-kept"):
        opening.ask(reference=anonymous.reference)


def test_a_report_out_of_scope_is_not_there(opening):
    other = named_report(department="CULTURE_ENF@320411")

    with pytest.raises(NotFound):
        opening.ask(reference=other.reference)


def test_an_officer_who_is_no_custodian_does_not_ask(opening):
    opening.asker = make_account(Role.CASE_OFFICER, department=DEPARTMENT)

    with pytest.raises(NotPermitted):
        opening.ask()


def test_the_role_without_a_key_is_not_enough(opening):
    opening.asker = make_account(Role.CUSTODIAN_R, Role.CASE_OFFICER, department=DEPARTMENT)

    with pytest.raises(RuleBroken, match="not-a-custodian"):
        opening.ask()


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SUPERVISOR, Role.AUDITOR])
def test_nobody_else_releases_reads_or_sees_a_request(opening, role):
    opening_id = opening.ask()
    nosy = actor_of(make_account(role, department=DEPARTMENT, region="320412"))

    with pytest.raises(NotPermitted):
        opening.release(opening_id, actor=nosy)
    with pytest.raises(NotPermitted):
        opening.read(opening_id, actor=nosy)
    with pytest.raises(NotFound):
        get_opening(db.session(), opening_id, nosy)


def test_another_requester_of_the_same_unit_does_not_read_what_was_released_for_the_first(opening):
    opening_id = opening.ask()
    opening.release(opening_id)
    colleague = make_custodian(
        CustodianGroup.REQUESTERS, Role.CASE_OFFICER, department=DEPARTMENT, region="320412"
    )

    with pytest.raises(NotFound):
        opening.read(opening_id, actor=actor_of(colleague))


def test_whoever_lost_the_report_does_not_read_it_any_more(opening):
    opening_id = opening.ask()
    opening.release(opening_id)
    db.session.execute(update(type(opening.report)).values(department_code="CULTURE_ENF@320411"))
    db.session.commit()

    with pytest.raises(NotFound):
        opening.read(opening_id)


@pytest.mark.parametrize("who", ["asker", "approver"])
def test_nobody_behind_the_wall_asks_decides_or_reads(opening, who):
    opening_id = opening.ask()
    kept_out = getattr(opening, who).id
    keep_out(kept_out, opening.report.id)

    with pytest.raises(NotFound):
        {"approver": opening.release, "asker": opening.read}[who](opening_id)
    assert trail("opening.try")[-1].details["refusal"] == "opening"


def test_the_person_who_works_on_the_report_does_not_release_it(opening):
    twin = make_officer(DEPARTMENT)
    person = db.session.scalar(
        select(Custodian.person_id).where(Custodian.account_id == opening.approver.id)
    )
    accounts = type(opening.approver)
    db.session.execute(update(accounts).where(accounts.id == twin.id).values(person_id=person))
    db.session.execute(update(type(opening.report)).values(handler_id=twin.id))
    db.session.commit()
    opening_id = opening.ask()

    with pytest.raises(RuleBroken, match="opening-own-report"):
        opening.release(opening_id)


def test_nobody_releases_their_own_request_by_whichever_account(opening):
    opening_id = opening.ask()
    person = now(opening_id).asked_person
    accounts = type(opening.approver)
    db.session.execute(
        update(accounts).where(accounts.id == opening.approver.id).values(person_id=person)
    )
    db.session.commit()

    with pytest.raises(RuleBroken, match="opening-own-request"):
        opening.release(opening_id)
    assert trail("opening.try")[-1].details == {
        "attempt": "release",
        "refusal": "opening-own-request",
    }


def test_the_database_refuses_one_person_on_both_sides_of_a_request(opening):
    opening_id = opening.ask()

    with pytest.raises(IntegrityError):
        db.session.execute(
            update(Opening)
            .where(Opening.id == opening_id)
            .values(decided_person=Opening.asked_person)
        )


def test_a_wrong_passphrase_opens_nothing_is_noted_and_guessing_ends(opening):
    opening_id = opening.ask()
    guess = ReleaseOpening(opening_id, 30, "a wrong passphrase")

    for _ in range(5):
        with pytest.raises(RuleBroken, match="passphrase-wrong"):
            release_opening(guess, actor=opening.other)
    with pytest.raises(TooManyAttempts):
        opening.release(opening_id)

    codes = [one.details["refusal"] for one in trail("opening.try")]
    assert codes == ["passphrase-wrong"] * 5 + ["too-many-attempts"]
    assert now(opening_id).state is OpeningState.ASKED


def test_a_refusal_needs_a_reason_that_the_one_who_asked_reads(opening):
    opening_id = opening.ask()

    with pytest.raises(RuleBroken, match="opening-needs-reason"):
        refuse_opening(RefuseOpening(opening_id, "不行"), actor=opening.other)
    refuse_opening(RefuseOpening(opening_id, REASON), actor=opening.other)

    made = now(opening_id)
    assert (made.state, said_of(made).answer) == (OpeningState.REFUSED, REASON)
    with pytest.raises(MoveRefused):
        opening.release(opening_id)


def test_what_was_taken_back_cannot_be_released_or_read(opening):
    first = opening.ask()
    opening.release(first)

    withdraw_opening(first, actor=opening.requester)

    assert now(first).inner_seal is None
    with pytest.raises(MoveRefused):
        opening.read(first)
    second = opening.ask()
    with pytest.raises(RuleBroken, match="opening-asked-already"):
        opening.ask()
    assert now(second).state is OpeningState.ASKED


def test_with_the_identity_go_the_requests_for_it(opening):
    opening_id = opening.ask()
    opening.release(opening_id)

    erase_identity(opening.report.id, actor=Actor.public())

    made = now(opening_id)
    assert (made.state, made.inner_seal) == (OpeningState.LAPSED, None)


@pytest.mark.requirement("F14")
@pytest.mark.requirement("U16")
def test_the_reporter_is_told_when_the_day_has_come_and_not_before(opening, steps):
    steps()

    assert tell_of_openings(actor=CLOCK) == 0
    assert list_told(db.session(), opening.report.id) == ()
    db.session.execute(update(Opening).values(tell_on=date(2026, 1, 1)))
    db.session.commit()
    assert tell_of_openings(actor=CLOCK) == 1

    [told] = list_told(db.session(), opening.report.id)
    assert (told.purpose, told.fields) == (OpeningPurpose.WITNESS, ("phone",))
    assert tell_of_openings(actor=CLOCK) == 0
    assert trail("identity.tell")[0].subject_id == opening.report.id


def test_the_day_is_that_of_the_place(opening, steps):
    steps()

    today = local_date(current_place(), datetime.now(UTC))
    made = db.session.scalars(select(Opening)).one()
    assert made.tell_on == today + timedelta(days=current_place().opening_told_days)


def test_a_hold_postpones_the_notice_for_a_reason_and_not_for_ever(opening, steps):
    steps()
    opening_id = db.session.scalars(select(Opening.id)).one()
    today = local_date(current_place(), datetime.now(UTC))
    late = today + timedelta(days=100)

    with pytest.raises(RuleBroken, match="opening-needs-reason"):
        hold_notice(HoldNotice(opening_id, late, "检察院要求"), actor=opening.other)
    far = today + timedelta(days=181)
    with pytest.raises(RuleBroken, match="opening-hold-too-long"):
        hold_notice(HoldNotice(opening_id, far, REASON), actor=opening.other)
    with pytest.raises(NotPermitted):
        hold_notice(HoldNotice(opening_id, late, REASON), actor=opening.requester)
    hold_notice(HoldNotice(opening_id, late, REASON), actor=opening.other)
    with pytest.raises(RuleBroken, match="opening-hold-not-later"):
        hold_notice(HoldNotice(opening_id, late - timedelta(days=1), REASON), actor=opening.other)

    made = now(opening_id)
    assert (made.tell_on, said_of(made).hold) == (late, REASON)


def test_public_figures_tell_no_small_number_and_no_quarter_that_is_not_over(opening):
    asker, moment = opening.asker, datetime(2026, 5, 20, 4, tzinfo=UTC)
    for number in range(6):
        at = moment if number < 5 else datetime(2026, 2, 3, 4, tzinfo=UTC)
        made = Opening(
            subject_kind=KIND,
            subject_id=opening.report.id,
            fields=["phone"],
            purpose=OpeningPurpose.WITNESS,
            words_key=None,
            words=None,
            asked_by=asker.id,
            asked_person=asker.person_id,
            asked_at=at,
            ends_at=at,
            state=OpeningState.READ,
            read_at=at,
        )
        db.session.add(made)
    db.session.commit()

    quarters = list_quarters(db.session(), datetime(2026, 8, 1, tzinfo=UTC))

    assert [(one.year, one.number, one.count) for one in quarters[:3]] == [
        (2026, 2, 5),
        (2026, 1, None),
        (2025, 4, None),
    ]
    running = list_quarters(db.session(), datetime(2026, 6, 30, tzinfo=UTC))
    assert all(one.count is None for one in running)
    assert [published(count) for count in (0, 4, 5)] == [None, None, 5]


def test_orders_do_not_show_passphrases_or_reasons():
    shown = repr([ReadIdentity(1, PASSPHRASE), ReleaseOpening(1, 30, PASSPHRASE)])

    assert PASSPHRASE not in shown


def test_with_the_words_of_a_report_go_the_requests_that_nobody_could_read_any_more(opening):
    opening_id = opening.ask()

    with unit_of_work(Actor.system("test")) as uow:
        erase_words(uow, uow.session.get_one(Report, opening.report.id), reason="test")

    assert db.session.get_one(Opening, opening_id).state is OpeningState.LAPSED
    with pytest.raises((NotFound, MoveRefused)):
        opening.release(opening_id)
