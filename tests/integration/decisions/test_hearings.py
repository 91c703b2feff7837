"""Who asked to be heard in person is heard, or refused that for a reason, before it is decided."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.audit.models import AuditEvent
from portal.decisions.models import PartyHearing
from portal.decisions.queries.desk import get_decisions
from portal.decisions.queries.lines import DecisionAct
from portal.decisions.queries.parties import get_party_page
from portal.decisions.rules import first_hearing_day
from portal.decisions.service.drafting import (
    AddMeasure,
    SettleDecision,
    add_measure,
    settle_decision,
)
from portal.decisions.service.party import (
    AskForHearing,
    EnterHearingWish,
    RefuseHearing,
    SetHearing,
    WriteStatement,
    ask_for_hearing,
    enter_hearing_wish,
    refuse_hearing,
    set_hearing,
    write_statement,
)
from portal.decisions.states import DecisionAction, DecisionState
from portal.infra.database import db
from portal.jurisdiction.queries import current_place
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import NotFound, NotPermitted, RuleBroken
from tests.factories.cases import today
from tests.factories.casework import make_head
from tests.factories.decisions import make_decision, make_party, serve, tell_before
from tests.integration.decisions.matter import Matter
from tests.pages import Pages

pytestmark = pytest.mark.usefixtures("app")

PUBLIC = Actor.public()
WHY = "罚款数额不到应当听证的标准。"


@pytest.fixture
def matter():
    """A case whose party has asked to be heard."""
    made = Matter()
    ask_for_hearing(AskForHearing(made.party, "想当面说明。"), actor=PUBLIC)
    return made


def approve(matter, number=1):
    order = SettleDecision(matter.number, number, DecisionAction.APPROVE)
    settle_decision(order, actor=matter.head)


def hold(matter, on):
    """As if the day of the hearing had been set long ago."""
    own = PartyHearing.party_id == matter.party
    db.session.execute(update(PartyHearing).where(own).values(held_on=on, place=None))
    db.session.commit()


def shown(matter, number=1):
    [found] = [
        one
        for one in get_decisions(db.session(), matter.number, matter.head).decisions
        if one.number == number
    ]
    return found


def refuse(matter, reason=WHY, *, by=None):
    order = RefuseHearing(matter.number, matter.party, reason)
    refuse_hearing(order, actor=by or matter.head)


@pytest.mark.requirement("F11")
def test_nothing_is_decided_about_a_party_that_is_still_to_be_heard(matter):
    matter.decide(approved=False, served=None)

    for on in (None, today() + timedelta(days=40)):
        hold(matter, on)
        with pytest.raises(RuleBroken, match="hearing-owed"):
            approve(matter)
        assert (shown(matter).unheard, DecisionAct.APPROVE in shown(matter).offered) == (
            ("某书店",),
            False,
        )
    hold(matter, today())
    assert DecisionAct.APPROVE in shown(matter).offered
    approve(matter)

    assert matter.decision().state is DecisionState.APPROVED


@pytest.mark.requirement("F11")
def test_another_party_is_decided_about_meanwhile(matter):
    other = make_party(matter.number, matter.officer, "另一家")

    made = matter.decide(party=other)

    assert matter.decision(made).state is DecisionState.IN_FORCE


@pytest.mark.requirement("F11")
def test_what_was_approved_before_the_hearing_is_not_served_on_who_asked_for_it():
    matter = Matter()
    matter.decide(served=None)
    ask_for_hearing(AskForHearing(matter.party, "想当面说明。"), actor=PUBLIC)
    hold(matter, today() + timedelta(days=1))

    with pytest.raises(RuleBroken, match="decided-before-hearing"):
        serve(matter.number, 1, matter.party, matter.officer, today())
    assert shown(matter).unheard == ("某书店",)
    refuse(matter)
    serve(matter.number, 1, matter.party, matter.officer, today())

    assert matter.decision().state is DecisionState.IN_FORCE


def test_what_is_in_force_stays_whatever_is_asked_for_later():
    matter = Matter()
    matter.decide()
    ask_for_hearing(AskForHearing(matter.party, "想当面说明。"), actor=PUBLIC)

    serve(matter.number, 1, matter.party, matter.officer, today())

    assert matter.decision().state is DecisionState.IN_FORCE


@pytest.mark.requirement("F11")
def test_the_head_refuses_a_hearing_with_reasons_that_the_party_reads(matter):
    matter.decide(approved=False, served=None)

    with pytest.raises(RuleBroken, match="hearing-refused-without-reason"):
        refuse(matter, " ")
    with pytest.raises(NotPermitted):
        refuse(matter, by=matter.officer)
    refuse(matter)
    approve(matter)

    [heard] = get_party_page(db.session(), matter.party).hearings
    assert (heard.refused, heard.on) == (WHY, None)
    trail = db.session.scalars(select(AuditEvent)).all()
    assert "case.refuse-hearing" in [one.action for one in trail]
    assert WHY not in str([one.details for one in trail])


@pytest.mark.requirement("F11")
def test_a_party_that_was_told_a_day_is_heard_first_though_it_asked_elsewhere_than_on_its_page():
    matter = Matter()
    order = SetHearing(matter.number, matter.party, today() + timedelta(days=40), "三楼")
    set_hearing(order, actor=matter.officer)
    matter.decide(approved=False, served=None)

    with pytest.raises(RuleBroken, match="hearing-owed"):
        approve(matter)
    assert (shown(matter).unheard, DecisionAct.APPROVE in shown(matter).offered) == (
        ("某书店",),
        False,
    )
    refuse(matter)
    approve(matter)

    [heard] = get_party_page(db.session(), matter.party).hearings
    assert (heard.refused, heard.on) == (WHY, None)


def test_of_two_parties_of_one_name_each_is_heard(matter):
    silent = make_party(matter.number, matter.officer, "某书店")
    made = matter.decide(approved=False, served=None)
    order = AddMeasure(matter.number, made, silent, "warning", "予以警告。")
    add_measure(order, actor=matter.officer)

    found = shown(matter)

    assert (found.unheard, DecisionAct.APPROVE in found.offered) == (("某书店",), False)


def test_a_hearing_is_refused_once_it_is_asked_for_until_its_day_has_come(matter):
    silent = make_party(matter.number, matter.officer, "没有开口的店")
    order = RefuseHearing(matter.number, silent, WHY)
    with pytest.raises(RuleBroken, match="hearing-not-asked"):
        refuse_hearing(order, actor=matter.head)
    elsewhere = RefuseHearing(Matter().number, matter.party, WHY)
    with pytest.raises(NotFound):
        refuse_hearing(elsewhere, actor=matter.head)

    hold(matter, today())
    with pytest.raises(RuleBroken, match="hearing-was-held"):
        refuse(matter)
    hold(matter, today() + timedelta(days=9))
    refuse(matter)
    with pytest.raises(RuleBroken, match="hearing-not-asked"):
        refuse(matter)


def test_a_hearing_that_was_refused_can_be_set_after_all(matter):
    refuse(matter)
    later = today() + timedelta(days=40)

    order = SetHearing(matter.number, matter.party, later, "三楼")
    set_hearing(order, actor=matter.officer)
    matter.decide(approved=False, served=None)

    [heard] = get_party_page(db.session(), matter.party).hearings
    assert (heard.refused, heard.on) == ("", later)
    with pytest.raises(RuleBroken, match="hearing-owed"):
        approve(matter)


def ask(matter, text="再次要求当面说明。"):
    ask_for_hearing(AskForHearing(matter.party, text), actor=PUBLIC)


@pytest.mark.requirement("F11")
@pytest.mark.parametrize("settled", ["held", "refused"])
def test_a_party_that_is_told_something_new_may_ask_to_be_heard_about_that_as_well(matter, settled):
    if settled == "held":
        hold(matter, today())
    else:
        refuse(matter)
    assert not get_party_page(db.session(), matter.party).may_ask
    with pytest.raises(RuleBroken, match="hearing-asked-already"):
        ask(matter)

    tell_before(matter.number, matter.party, matter.officer, today())
    assert get_party_page(db.session(), matter.party).may_ask
    ask(matter)
    matter.decide(approved=False, served=None)

    assert not get_party_page(db.session(), matter.party).may_ask
    with pytest.raises(RuleBroken, match="hearing-asked-already"):
        ask(matter)
    with pytest.raises(RuleBroken, match="hearing-owed"):
        approve(matter)
    refuse(matter, "新告知书与前一份内容相同。")
    approve(matter)
    first, second = get_party_page(db.session(), matter.party).hearings
    assert (first.on, first.refused) == ((today(), "") if settled == "held" else (None, WHY))
    assert second.refused == "新告知书与前一份内容相同。"


@pytest.mark.requirement("F11")
def test_a_hearing_after_one_that_was_held_is_one_more_and_one_ahead_is_put_off(matter):
    later, latest = today() + timedelta(days=40), today() + timedelta(days=60)
    hold(matter, today() - timedelta(days=1))

    for day in (later, latest):
        set_hearing(SetHearing(matter.number, matter.party, day, "三楼"), actor=matter.officer)

    hearings = get_party_page(db.session(), matter.party).hearings
    assert [one.on for one in hearings] == [today() - timedelta(days=1), latest]


@pytest.mark.requirement("F11")
def test_a_party_reads_on_which_day_it_asked_unless_the_office_told_the_day_unasked(matter):
    later = today() + timedelta(days=40)
    assert [one.asked_on for one in get_party_page(db.session(), matter.party).hearings] == [
        today()
    ]
    set_hearing(SetHearing(matter.number, matter.party, later, "三楼"), actor=matter.officer)
    [asked] = get_party_page(db.session(), matter.party).hearings
    assert (asked.on, asked.asked_on) == (later, today())

    hold(matter, today() - timedelta(days=1))
    set_hearing(SetHearing(matter.number, matter.party, later, "三楼"), actor=matter.officer)

    asked, told = get_party_page(db.session(), matter.party).hearings
    assert (asked.asked_on, told.asked_on) == (today(), None)


@pytest.mark.requirement("F11")
def test_what_a_party_without_a_page_asked_on_paper_counts_like_a_wish_of_its_page(desk):
    matter = Matter()
    served = make_party(matter.number, matter.officer, "只收到纸质告知书的店")
    matter.decide(party=served, approved=False, served=None)
    pages, _officer = desk(Role.CASE_OFFICER)
    home = f"/desk/cases/{matter.number}"
    address = f"{home}/parties/{served}/hearing/asked"

    assert address in pages.get(f"{home}/decisions").links()
    after = pages.post(pages.get(address), {"text": "11月20日来信要求听证。"})

    assert "11月20日来信要求听证。" in after.text("main")
    assert "尚未确定日期" in after.text("main"), "an open wish is shown at the desk"
    form = pages.get(f"{home}/parties/{served}/hearing")
    assert "没有查询页面" in form.text("main")
    assert "没有查询页面" not in pages.get(f"{home}/parties/{matter.party}/hearing").text("main")
    assert address not in after.links()
    assert pages.get(address).status == 409
    again = EnterHearingWish(matter.number, served, "又来信。")
    with pytest.raises(RuleBroken, match="hearing-asked-already"):
        enter_hearing_wish(again, actor=matter.officer)
    with pytest.raises(RuleBroken, match="hearing-owed"):
        approve(matter)
    order = SetHearing(matter.number, served, today() + timedelta(days=40), "三楼")
    set_hearing(order, actor=matter.officer)
    with pytest.raises(RuleBroken, match="hearing-owed"):
        approve(matter)
    refuse_hearing(RefuseHearing(matter.number, served, WHY), actor=matter.head)
    approve(matter)
    trail = [one.action for one in db.session.scalars(select(AuditEvent))]
    assert "case.enter-hearing-wish" in trail


@pytest.mark.requirement("F11")
def test_who_asked_on_paper_before_it_entered_its_page_asks_there_no_more():
    matter = Matter()
    order = EnterHearingWish(matter.number, matter.party, "来电要求听证。")
    enter_hearing_wish(order, actor=matter.officer)

    page = get_party_page(db.session(), matter.party)
    assert ([one.on for one in page.hearings], page.may_ask) == ([None], False)
    with pytest.raises(RuleBroken, match="hearing-asked-already"):
        ask(matter)


@pytest.mark.requirement("F11")
def test_a_draft_says_whose_time_to_answer_still_runs_until_they_have_answered():
    matter = Matter()
    matter.decide(approved=False, served=None)

    before = shown(matter).answering
    write_statement(WriteStatement(matter.party, "货是寄存的。"), actor=PUBLIC)

    assert (before, shown(matter).answering) == (("某书店",), ())


@pytest.mark.requirement("F11")
@pytest.mark.parametrize(
    ("language", "refused"), [("zh-Hans", "不予听证"), ("en", "Refuse the hearing")]
)
def test_a_head_refuses_a_hearing_on_its_page_and_the_party_reads_why(
    app, desk, matter, language, refused
):
    pages, _head = desk(Role.DEPARTMENT_HEAD, language=language)
    make_decision(matter.number, party=matter.party, officer=matter.officer, approved=False)
    home = f"/desk/cases/{matter.number}"
    address = f"{home}/parties/{matter.party}/hearing/refuse"
    before = pages.get(f"{home}/decisions")
    assert address in before.links()
    assert f"{home}/decisions/1/approve" not in before.links()
    form = pages.get(address)
    assert refused in form.text("h1")

    after = pages.post(form, {"reason": WHY})
    browser = Pages(app, language)
    party = browser.post(browser.get("/party"), {"code": matter.code})

    assert WHY in after.text("main")
    assert address not in after.links()
    assert f"{home}/decisions/1/approve" in after.links()
    assert WHY in party.text("main")


@pytest.mark.requirement("F11")
@pytest.mark.parametrize(("language", "earliest"), [("zh-Hans", "不得早于"), ("en", "Not before")])
def test_whoever_sets_a_hearing_reads_for_whom_what_stands_and_from_which_day_on(
    desk, matter, language, earliest
):
    pages, _officer = desk(Role.CASE_OFFICER, language=language)
    make_party(matter.number, matter.officer, "另一家")
    address = f"/desk/cases/{matter.number}/parties/{matter.party}/hearing"
    first = first_hearing_day(current_place(), "CULTURE_ENF@320412", today())
    form = pages.get(address)
    asked = {"where": "三楼会议室"}

    early = pages.post(form, {**asked, "on": (first - timedelta(days=1)).isoformat()})
    pages.post(early, {**asked, "on": first.isoformat()})

    assert (early.status, early.one("[name=where]")["value"]) == (422, "三楼会议室")
    assert earliest in form.text("#on-hint")
    for page in (form, early, pages.get(address)):
        assert "某书店" in page.text(".govuk-inset-text")
        assert "另一家" not in page.text("main")
    assert "三楼会议室" in pages.get(address).text(".govuk-inset-text")


def test_an_officer_is_not_offered_to_refuse_a_hearing(desk, matter):
    pages, _officer = desk(Role.CASE_OFFICER)

    page = pages.get(f"/desk/cases/{matter.number}/decisions")

    assert not [one for one in page.links() if one.endswith("/refuse")]


@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_new_code_begins_with_what_the_party_was_told(desk, matter, language):
    pages, _officer = desk(Role.CASE_OFFICER, language=language)
    told = get_party_page(db.session(), matter.party).alleged

    form = pages.get(f"/desk/cases/{matter.number}/parties/{matter.party}/page")

    assert told
    assert told in form.text("textarea")


def test_nobody_elsewhere_reads_by_a_code_form_what_a_party_was_told(desk, matter):
    other = Matter()
    pages, _officer = desk(Role.CASE_OFFICER)

    crossed = pages.get(f"/desk/cases/{other.number}/parties/{matter.party}/page")

    assert crossed.status == 404


def test_what_a_party_wrote_stands_before_what_it_was_told_of_it():
    matter = Matter()
    matter.decide()
    matter.object()

    kinds = [one.kind for one in get_party_page(db.session(), matter.party).letters]
    [party] = get_decisions(db.session(), matter.number, make_head()).parties

    assert kinds == ["notice", "objection", "notice"]
    assert [one.kind for one in party.letters] == kinds
