"""Times of cases, of their leads and of reviews go by the days of the unit that has them (F15)."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine

from portal.cases.chain_models import CaseLead
from portal.cases.models import Case, CaseClock, CaseTask
from portal.cases.service.chain import FollowCase, follow_case
from portal.cases.service.clocks import watch_cases
from portal.cases.service.disputes import watch_case_leads
from portal.cases.service.recomputing import recompute_cases
from portal.cases.service.reminding import remind_of_tasks
from portal.cases.service.tasks import GiveTask, give_task
from portal.cases.states import ChainDirection
from portal.decisions.models import PartyAccess, Review, Service
from portal.decisions.service.recomputing import recompute_decisions
from portal.decisions.service.reviewing import file_review
from portal.decisions.service.watching import watch_reviews
from portal.infra.database import Base, db
from portal.infra.uow import unit_of_work
from portal.intake.states import ReportState
from portal.jurisdiction import queries
from portal.jurisdiction.place import DayKind, Place
from portal.kernel.actor import Actor
from portal.transfers.referral_models import CaseReferral
from portal.transfers.service.police import ProposeReferral, propose_referral
from portal.transfers.service.recomputing import recompute_referrals
from tests.factories.cases import make_case, today
from tests.factories.casework import make_head, make_officer
from tests.factories.decisions import confirm, make_decision, make_party, open_page
from tests.factories.intake import make_report
from tests.factories.jurisdiction import keep_festival

pytestmark = pytest.mark.usefixtures("app", "known_place")
HERE, THERE = "CULTURE_ENF@320412", "CULTURE_ENF@320402"
CLOCK = Actor.system("test")


@pytest.fixture
def in_the_office():
    """The real hours, unlike elsewhere among cases."""


def announced(place: Place, holiday: date) -> Place:
    """The place once the next year is known, with one day of it a holiday and the next none."""
    days = dict(place.calendar.days)
    days |= {holiday: DayKind.HOLIDAY, holiday + timedelta(days=1): DayKind.MAKE_UP_WORKDAY}
    return replace(place, calendar=replace(place.calendar, days=days, last_year=2027))


@pytest.fixture
def day_off():
    """A day on which nobody works in Wujin and everybody else does."""
    again, place = keep_festival(), queries.current_place()
    before = (again - timedelta(days=n) for n in range(1, 9))
    return next(day for day in before if place.calendar.is_working_day(day))


def matter_of(unit: str, other: str, day: date) -> tuple[CaseClock, CaseTask, CaseLead, Review]:
    """A case of a unit with all that somebody is reminded of on a day, and a lead to the unit."""
    officer, elsewhere = make_officer(unit), make_officer(other)
    report = make_report(state=ReportState.ACCEPTED, department=unit, officer=officer)
    number = make_case(report, officer=officer)
    task = give_task(GiveTask(number, officer.id, day, "查看"), actor=officer)
    theirs = make_report(state=ReportState.ACCEPTED, department=other, officer=elsewhere)
    source = make_case(theirs, officer=elsewhere)
    asked = FollowCase(source, unit.partition("@")[2], unit, "请核查", ChainDirection.UP)
    lead = db.session.get_one(CaseLead, follow_case(asked, actor=elsewhere))
    case = db.session.scalars(db.select(Case).filter_by(number=number)).one()
    with unit_of_work(officer) as uow:
        review = file_review(uow, case, report=report.id)
    clock = db.session.scalars(db.select(CaseClock).filter_by(case_id=case.id)).one()
    return clock, db.session.get_one(CaseTask, task), lead, review


@pytest.mark.requirement("F15")
@pytest.mark.requirement("U30")
def test_what_is_answered_and_reviewed_is_dated_by_the_days_of_the_unit_that_has_it(day_off):
    _clock, _task, away, review_away = matter_of(HERE, THERE, day_off)
    _clock, _task, lead, review = matter_of(THERE, HERE, day_off)

    assert away.due_on > day_off + timedelta(days=1) > lead.due_on
    assert review_away.due_on > review.due_on


@pytest.mark.requirement("F15")
@pytest.mark.requirement("U30")
def test_on_a_day_off_of_a_unit_nobody_there_is_reminded_of_anything(day_off):
    both = [matter_of(HERE, THERE, day_off), matter_of(THERE, HERE, day_off)]
    for clock, _task, lead, review in both:
        clock.look_on = review.look_on = day_off
        lead.due_on = day_off - timedelta(days=1)
    db.session.commit()
    zone = ZoneInfo(queries.current_place().zone)

    with time_machine.travel(datetime.combine(day_off, time(10), zone), tick=False):
        for watch in (watch_cases, remind_of_tasks, watch_case_leads, watch_reviews):
            watch(actor=CLOCK)

    for clock, task, lead, review in both:
        told = {
            bool(clock.warned_at or clock.breached_at),
            task.reminded_at is not None,
            lead.escalated_at is not None,
            bool(review.warned_at or review.breached_at),
        }
        assert told == {clock is both[1][0]}


def keep_the_place(monkeypatch):
    for stage in ("cases", "decisions", "transfers"):
        monkeypatch.setattr(f"portal.{stage}.service.recomputing.forget_place", lambda: None)


def announce(*days: date, working: tuple[date, ...] = ()) -> None:
    """The next year is known now, with these days of it off and these worked."""
    place = queries.current_place()
    known = dict(place.calendar.days)
    known |= dict.fromkeys(days, DayKind.HOLIDAY) | dict.fromkeys(working, DayKind.MAKE_UP_WORKDAY)
    calendar = replace(place.calendar, days=known, last_year=2027)
    queries._kept.place = replace(place, calendar=calendar)  # noqa: SLF001


NEW_YEAR = date(2027, 1, 1)
FIRST_DAYS = [NEW_YEAR + timedelta(days=n) for n in range(120)]
WEEKENDS = tuple(one for one in FIRST_DAYS if one.weekday() > 4)
END_OF_YEAR = datetime(2026, 12, 30, 2, tzinfo=UTC)


def all_times() -> dict[str, tuple[Base, date]]:
    """One of each time that runs into the next year, and its day."""
    officer = make_officer(HERE)
    report = make_report(state=ReportState.ACCEPTED, department=HERE, officer=officer)
    number = make_case(report, officer=officer)
    party = make_party(number, officer)
    open_page(number, party, officer)
    confirm(number, officer)
    make_decision(number, party=party, officer=officer, served=today(), head=make_head(HERE))
    asked = FollowCase(number, THERE.partition("@")[2], THERE, "请核查", ChainDirection.UP)
    lead = db.session.get_one(CaseLead, follow_case(asked, actor=officer))
    case = db.session.scalars(db.select(Case).filter_by(number=number)).one()
    with unit_of_work(officer) as uow:
        review = file_review(uow, case, report=report.id)
    proposal = ProposeReferral(number, "涉嫌犯罪。")
    referral = db.session.get_one(CaseReferral, propose_referral(proposal, actor=officer))
    carried = Service.decision_id.is_not(None)
    service = db.session.scalars(db.select(Service).where(carried)).one()
    access = db.session.get_one(PartyAccess, party)
    found = {
        "lead": (lead, lead.due_on),
        "review": (review, review.due_on),
        "referral": (referral, referral.decide_by),
        "objection": (service, service.object_by),
        "answer": (access, access.answer_by),
    }
    assert all(one.provisional for one, _day in found.values())
    return found


def days_of(times) -> dict[str, date]:
    names = {"lead": "due_on", "review": "due_on", "referral": "decide_by"}
    names |= {"objection": "object_by", "answer": "answer_by"}
    db.session.expire_all()
    return {name: getattr(one, names[name]) for name, (one, _day) in times.items()}


def date_all_again() -> None:
    own = uuid4()
    for recompute in (recompute_cases, recompute_decisions, recompute_referrals):
        recompute(own, actor=CLOCK)


@pytest.mark.requirement("F15")
def test_holidays_of_a_new_year_lengthen_what_a_party_has_and_never_what_the_office_promised(
    monkeypatch,
):
    keep_the_place(monkeypatch)
    with time_machine.travel(END_OF_YEAR, tick=False):
        times = all_times()
        announce(*FIRST_DAYS[:75])
        date_all_again()
        after = days_of(times)
        date_all_again()

    before = {name: day for name, (_one, day) in times.items()}
    again = days_of(times)
    assert again == after
    assert after["review"] == before["review"]
    for name in ("objection", "answer", "lead", "referral"):
        assert after[name] > before[name], name
    assert not any(one.provisional for one, _day in times.values())


@pytest.mark.requirement("F15")
def test_worked_weekends_of_a_new_year_bring_the_office_forward_and_cut_no_time_of_a_party_short(
    monkeypatch,
):
    keep_the_place(monkeypatch)
    with time_machine.travel(END_OF_YEAR, tick=False):
        times = all_times()
        announce(working=WEEKENDS)
        date_all_again()
        after = days_of(times)

    before = {name: day for name, (_one, day) in times.items()}
    assert after["review"] < before["review"]
    assert after["lead"] < before["lead"]
    assert (after["objection"], after["answer"]) == (before["objection"], before["answer"])


@pytest.mark.requirement("F15")
def test_the_time_of_a_case_that_ran_into_an_unknown_year_is_certain_once_that_is_loaded(
    monkeypatch,
):
    keep_the_place(monkeypatch)
    with time_machine.travel(datetime(2026, 12, 28, 2, tzinfo=UTC), tick=False):
        number = make_case()
        case = db.session.scalars(db.select(Case).filter_by(number=number)).one()
        clock = db.session.scalars(db.select(CaseClock).filter_by(case_id=case.id)).one()
        due, promised = clock.due_on, clock.promised_on
        assert (clock.provisional, due.year) == (True, 2027)

        place = queries.current_place()
        queries._kept.place = announced(place, due)  # noqa: SLF001
        assert recompute_cases(case.id, actor=CLOCK) == 1
        assert recompute_cases(case.id, actor=CLOCK) == 0

    assert (clock.provisional, clock.promised_on) == (False, promised)
    assert clock.due_on == case.next_due_on == due + timedelta(days=1)


@pytest.mark.requirement("F15")
def test_a_time_of_a_case_that_comes_out_as_it_was_stays_even_on_its_last_day(monkeypatch):
    keep_the_place(monkeypatch)
    case = db.session.scalars(db.select(Case).filter_by(number=make_case())).one()
    clock = db.session.scalars(db.select(CaseClock).filter_by(case_id=case.id)).one()
    due, clock.provisional = clock.due_on, True
    db.session.commit()

    with time_machine.travel(datetime.combine(due, time(2), UTC), tick=False):
        assert recompute_cases(case.id, actor=CLOCK) == 1

    assert (clock.due_on, clock.provisional) == (due, False)
