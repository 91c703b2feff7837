"""The chain of a case with evidence for each link, and leads that open cases in other places."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from portal.accounts.models import Account
from portal.cases.chain_models import CaseEdge, CaseLead
from portal.cases.models import Case, CaseParty
from portal.cases.queries.access import get_case
from portal.cases.queries.chain import Chain, list_leads
from portal.cases.queries.disputes import get_dispute_line, list_disputes
from portal.cases.queries.page import get_page
from portal.cases.queries.whole import get_whole
from portal.cases.service.chain import (
    AddEdge,
    FollowCase,
    JoinToLead,
    OpenOnLead,
    ReturnCaseLead,
    StrikeEdge,
    add_edge,
    follow_case,
    join_to_lead,
    open_on_lead,
    return_case_lead,
    strike_edge,
)
from portal.cases.service.disputes import (
    DecideDispute,
    SendAgain,
    decide_dispute,
    send_again,
    watch_case_leads,
)
from portal.cases.service.filling import AddParty, Strike, add_party, strike_party
from portal.cases.states import CaseLeadState, CaseState, ChainDirection, PartyRole
from portal.casework.queries.board import viewpoint
from portal.infra.database import db
from portal.intake.models import Clock, ContactMode, Report
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.kernel.page import Window
from tests.factories.cases import TITLE, make_case, today
from tests.factories.casework import keep_out, make_officer, make_supervisor
from tests.factories.intake import make_report

THERE, REGION = "CULTURE_ENF@320402", "320402"
CANARY = "金丝雀专用词"

pytestmark = pytest.mark.usefixtures("app")


def case_of(number: str) -> Case:
    return get_case(db.session(), number, Actor.operator())


def make_parties(number: str, officer: Actor, *names: str) -> list[UUID]:
    for name in names:
        add_party(AddParty(number, PartyRole.SELLER, name), actor=officer)
    wanted = select(CaseParty.id).where(CaseParty.case_id == case_of(number).id)
    return list(db.session.scalars(wanted.order_by(CaseParty.added_at)))


def chain_of(number: str, actor: Actor) -> Chain:
    return get_whole(db.session(), number, actor).chain


def make_lead(number: str, officer: Actor, **more) -> CaseLead:
    order = FollowCase(number, REGION, THERE, "请查印刷厂。", ChainDirection.UP, **more)
    return db.session.get_one(CaseLead, follow_case(order, actor=officer))


def leads_to(actor: Actor):
    return list_leads(db.session(), viewpoint(actor), Window()).items


# --- The chain -----------------------------------------------------------------------------------


@pytest.mark.requirement("B13")
@pytest.mark.requirement("F18")
def test_each_link_of_the_chain_has_two_parties_and_says_what_shows_it():
    officer = make_officer()
    number = make_case(officer=officer)
    shop, wholesaler, printer = make_parties(number, officer, "门店", "批发商", "印刷厂")

    add_edge(AddEdge(number, wholesaler, shop, "送货单三张"), actor=officer)
    add_edge(AddEdge(number, printer, wholesaler, "转账记录"), actor=officer)

    chain = chain_of(number, officer)
    assert [(one.supplier.name, one.customer.name, one.evidence) for one in chain.edges] == [
        ("批发商", "门店", "送货单三张"),
        ("印刷厂", "批发商", "转账记录"),
    ]
    top = min(chain.picture.boxes, key=lambda box: box.y)
    assert chain.names[top.own].name == "印刷厂"


@pytest.mark.requirement("F18")
def test_a_link_without_evidence_with_itself_or_with_what_is_no_party_is_refused():
    officer = make_officer()
    number, other = make_case(officer=officer), make_case(officer=officer)
    shop, printer = make_parties(number, officer, "门店", "印刷厂")
    [stranger] = make_parties(other, officer, "别家")

    with pytest.raises(RuleBroken, match="chain-needs-two"):
        add_edge(AddEdge(number, shop, shop, "自己"), actor=officer)
    with pytest.raises(RuleBroken, match="chain-needs-evidence"):
        add_edge(AddEdge(number, printer, shop, "  "), actor=officer)
    for wrong in (stranger, uuid4()):
        with pytest.raises(NotFound):
            add_edge(AddEdge(number, wrong, shop, "送货单"), actor=officer)
    with pytest.raises(NotFound):
        add_edge(AddEdge(number, printer, shop, "送货单", paper=uuid4()), actor=officer)


@pytest.mark.requirement("F18")
def test_a_reporter_is_never_an_end_of_a_link_and_is_named_nowhere_in_the_picture(desk):
    pages, officer = desk(Role.CASE_OFFICER)
    who = Identity("金丝雀举报人", "13800007777", "canary@example.org")
    named = ContactMode.CONFIDENTIAL
    report = make_report(
        state=ReportState.ACCEPTED, officer=officer, identity=who, contact_mode=named
    )
    number = make_case(report, officer=officer)
    shop, printer = make_parties(number, officer, "门店", "印刷厂")

    for ends in ((report.id, shop), (printer, report.id)):
        with pytest.raises(NotFound):
            add_edge(AddEdge(number, *ends, "举报人说的"), actor=officer)
    add_edge(AddEdge(number, printer, shop, "送货单三张"), actor=officer)

    page = pages.get(f"/desk/cases/{number}")
    form = pages.get(f"/desk/cases/{number}/add-edge")
    offered = [one.get("value") for one in form.find("select[name=supplier] option")]
    assert {one for one in offered if one} == {shop.hex, printer.hex}
    for secret in ("金丝雀举报人", "13800007777", "canary@example.org"):
        assert secret not in page.response.text + form.response.text


def test_what_is_struck_out_is_drawn_no_more():
    officer = make_officer()
    number = make_case(officer=officer)
    shop, wholesaler, printer = make_parties(number, officer, "门店", "批发商", "印刷厂")
    first = add_edge(AddEdge(number, wholesaler, shop, "送货单"), actor=officer)
    add_edge(AddEdge(number, printer, wholesaler, "转账记录"), actor=officer)

    strike_edge(StrikeEdge(number, first), actor=officer)
    assert len(chain_of(number, officer).edges) == 1
    with pytest.raises(NotFound):
        strike_edge(StrikeEdge(number, first), actor=officer)
    strike_party(Strike(number, printer), actor=officer)

    assert chain_of(number, officer).edges == ()
    assert chain_of(number, officer).picture.boxes == ()


def test_the_evidence_of_a_link_stands_nowhere_readable():
    officer = make_officer()
    number = make_case(officer=officer)
    shop, printer = make_parties(number, officer, "门店", "印刷厂")
    add_edge(AddEdge(number, printer, shop, CANARY), actor=officer)
    make_lead(number, officer)

    for table in (CaseEdge, CaseLead):
        row = db.session.execute(select(*table.__table__.columns)).one()
        kept = b"".join(one for one in row if isinstance(one, bytes))
        assert CANARY.encode() not in kept
        assert "印刷厂".encode() not in kept


# --- Leads to other places -----------------------------------------------------------------------


@pytest.mark.requirement("A7")
@pytest.mark.requirement("C9")
def test_a_lead_opens_a_case_in_another_place_and_both_cases_show_the_link():
    officer, there = make_officer(), make_officer(THERE)
    number = make_case(officer=officer)
    before = (case_of(number).number, case_of(number).department_code, case_of(number).region)
    [shop] = make_parties(number, officer, "门店")
    lead = make_lead(number, officer, party=shop)

    [line] = leads_to(there)
    opened = open_on_lead(OpenOnLead(line.id, "某印刷厂案", "据线索。"), actor=there)

    case = case_of(opened)
    assert (case.department_code, case.region, case.handler_id) == (THERE, REGION, there.id)
    assert (case.state, opened.startswith("CULTURE_ENF-320402-")) == (CaseState.PROPOSED, True)
    [sent] = chain_of(number, officer).sent
    assert (sent.to_number, sent.to_state, sent.party) == (opened, CaseState.PROPOSED, "门店")
    [source] = chain_of(opened, there).sources
    assert (source.number, source.asked, source.direction) == (
        number,
        "请查印刷厂。",
        ChainDirection.UP,
    )
    assert before == (case_of(number).number, case_of(number).department_code, "320412")
    assert (lead.state, leads_to(there)) == (CaseLeadState.FOLLOWED, ())


@pytest.mark.requirement("A7")
def test_the_other_place_sees_nothing_of_the_case_and_nothing_of_who_reported_it():
    officer, there = make_officer(), make_officer(THERE)
    sender = Identity(name=CANARY, phone="13800009999")
    report = make_report(
        state=ReportState.ACCEPTED, officer=officer, identity=sender, narrative=CANARY
    )
    number = make_case(report, officer=officer)
    lead = make_lead(number, officer)
    opened = open_on_lead(OpenOnLead(lead.id, "某案", "摘要"), actor=there)

    with pytest.raises(NotFound):
        get_page(db.session(), number, there)
    shown = repr(chain_of(opened, there)) + repr(get_page(db.session(), opened, there))
    for secret in (CANARY, "13800009999", TITLE, report.reference):
        assert secret not in shown
    with pytest.raises(NotFound):
        get_page(db.session(), opened, officer)


def test_a_lead_is_linked_with_a_case_that_the_unit_has_and_with_no_other():
    officer, there = make_officer(), make_officer(THERE)
    number = make_case(officer=officer)
    own = make_case(make_report(state=ReportState.ACCEPTED, department=THERE), officer=there)
    lead = make_lead(number, officer)

    with pytest.raises(NotFound):
        join_to_lead(JoinToLead(lead.id, number), actor=there)
    join_to_lead(JoinToLead(lead.id, own), actor=there)

    assert chain_of(number, officer).sent[0].to_number == own


@pytest.mark.requirement("F21")
@pytest.mark.parametrize("before", [True, False], ids=["joined closed", "closed later"])
@pytest.mark.parametrize("mark", ["restricted", "conflict"])
def test_of_a_case_that_few_may_know_of_the_unit_that_sent_the_lead_reads_nothing(before, mark):
    officer, there = make_officer(), make_officer(THERE)
    number, report = (
        make_case(officer=officer),
        make_report(state=ReportState.ACCEPTED, department=THERE),
    )
    own = make_case(report, officer=there)
    lead = make_lead(number, officer)

    if before:
        setattr(db.session.get_one(Report, report.id), mark, True)
        db.session.commit()
    join_to_lead(JoinToLead(lead.id, own), actor=there)
    if not before:
        assert chain_of(number, officer).sent[0].to_number == own
        setattr(case_of(own), mark, True)
        db.session.commit()

    [sent] = chain_of(number, officer).sent
    assert (sent.state, sent.to_number, sent.to_state) == (CaseLeadState.FOLLOWED, None, None)
    [source] = chain_of(own, there).sources
    assert source.number == number


def test_a_lead_goes_back_with_a_reason_and_is_answered_once():
    officer, there = make_officer(), make_officer(THERE)
    number = make_case(officer=officer)
    lead = make_lead(number, officer)

    return_case_lead(ReturnCaseLead(lead.id, "查无此厂。"), actor=there)

    [sent] = chain_of(number, officer).sent
    assert (sent.state, sent.returned) == (CaseLeadState.RETURNED, "查无此厂。")
    before = case_of(number).version
    with pytest.raises(MoveRefused):
        open_on_lead(OpenOnLead(lead.id, "某案", "摘要"), actor=there)
    assert case_of(number).version == before


@pytest.mark.requirement("F13")
def test_a_lead_is_there_for_its_unit_only_and_for_nobody_whom_a_report_concerns():
    officer, insider = make_officer(), make_officer(THERE)
    report = make_report(state=ReportState.ACCEPTED, officer=officer)
    lead = make_lead(make_case(report, officer=officer), officer)
    keep_out(insider.id, report.id)

    for outsider in (insider, officer, make_officer("CULTURE_ENF@320404")):
        assert leads_to(outsider) == ()
        with pytest.raises(NotFound):
            open_on_lead(OpenOnLead(lead.id, "某案", "摘要"), actor=outsider)


@pytest.mark.requirement("F21")
def test_a_case_that_few_may_know_of_leads_nowhere():
    report = make_report(state=ReportState.ACCEPTED, columns={"restricted": True})
    officer = make_officer()
    number = make_case(report, officer=officer)

    with pytest.raises(RuleBroken, match="case-closed-to-others"):
        make_lead(number, officer)


def test_a_lead_goes_to_a_unit_that_there_is_and_that_is_another():
    officer = make_officer()
    number = make_case(officer=officer)

    for unit, code in (("NONE@1", "unknown"), ("CULTURE_ENF@320412", "has-it-already")):
        order = FollowCase(number, REGION, unit, "请查", ChainDirection.UP)
        with pytest.raises(RuleBroken, match=code):
            follow_case(order, actor=officer)


# --- Whose a lead is -----------------------------------------------------------------------------


def returned(lead: CaseLead, there: Actor, reason: str = "不归我们。") -> None:
    return_case_lead(ReturnCaseLead(lead.id, reason), actor=there)


def again(number: str, lead: CaseLead, officer: Actor, **to: str) -> None:
    where = {"region": REGION, "unit": THERE} | to
    send_again(SendAgain(number, lead.id, asked="确属贵地。", **where), actor=officer)


@pytest.mark.requirement("F9")
@pytest.mark.requirement("E3")
def test_the_second_return_is_decided_by_the_office_above_both_and_holds():
    officer, there, above = make_officer(), make_officer(THERE), make_supervisor()
    number = make_case(officer=officer)
    lead = make_lead(number, officer)
    returned(lead, there)
    again(number, lead, officer)
    returned(lead, there, "仍不归我们。")

    assert lead.state is CaseLeadState.DISPUTED
    assert leads_to(there) == ()
    [dispute] = list_disputes(db.session(), viewpoint(above))
    assert (dispute.disputed, dispute.returned) == (True, "仍不归我们。")
    order = DecideDispute(lead.id, to_receiver=True, reason="印刷厂在其辖区。")
    decide_dispute(order, actor=above)
    with pytest.raises(MoveRefused):
        decide_dispute(order, actor=above)
    with pytest.raises(MoveRefused):
        returned(lead, there)
    opened = open_on_lead(OpenOnLead(lead.id, "某印刷厂案", "据裁定。"), actor=there)

    [sent] = chain_of(number, officer).sent
    assert (sent.to_number, sent.decided) == (opened, "印刷厂在其辖区。")


@pytest.mark.requirement("F9")
def test_what_a_reporter_was_promised_stays_through_every_return():
    officer, there, above = make_officer(), make_officer(THERE), make_supervisor()
    report = make_report(state=ReportState.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    wanted = select(Clock.stage, Clock.due_on, Clock.promised_on).where(
        Clock.report_id == report.id
    )
    before = db.session.execute(wanted).all()

    lead = make_lead(number, officer)
    returned(lead, there)
    again(number, lead, officer)
    returned(lead, there)
    decide_dispute(DecideDispute(lead.id, to_receiver=False, reason="自办"), actor=above)

    assert db.session.execute(wanted).all() == before
    assert lead.state is CaseLeadState.KEPT
    assert report.department_code == "CULTURE_ENF@320412"


@pytest.mark.requirement("F9")
def test_only_an_office_above_both_units_decides_and_only_on_what_is_disputed():
    officer, there = make_officer(), make_officer(THERE)
    number = make_case(officer=officer)
    lead = make_lead(number, officer)
    order = DecideDispute(lead.id, to_receiver=True, reason="理由")

    with pytest.raises(MoveRefused):
        decide_dispute(order, actor=make_supervisor())
    returned(lead, there)
    again(number, lead, officer)
    returned(lead, there)
    for beside in (make_supervisor("320412"), make_supervisor("320402")):
        assert list_disputes(db.session(), viewpoint(beside)) == []
        with pytest.raises(NotFound):
            decide_dispute(order, actor=beside)
    with pytest.raises(NotPermitted):
        decide_dispute(order, actor=officer)


@pytest.mark.requirement("F9")
@pytest.mark.parametrize("side", ["has the case", "sent it back"])
def test_whoever_had_a_part_in_a_dispute_does_not_decide_it_by_another_account(side):
    officer, there, above = make_officer(), make_officer(THERE), make_supervisor()
    number = make_case(officer=officer)
    lead = make_lead(number, officer)
    returned(lead, there)
    again(number, lead, officer)
    returned(lead, there)
    order = DecideDispute(lead.id, to_receiver=True, reason="理由")
    [shown] = list_disputes(db.session(), viewpoint(above))
    assert not shown.partial
    part = officer if side == "has the case" else there
    person = db.session.get_one(Account, part.id).person_id
    db.session.execute(update(Account).where(Account.id == above.id).values(person_id=person))
    db.session.commit()

    [shown] = list_disputes(db.session(), viewpoint(above))
    assert shown.partial
    for act in (
        lambda: get_dispute_line(db.session(), lead.id, above),
        lambda: decide_dispute(order, actor=above),
    ):
        with pytest.raises(RuleBroken, match="party-to-it-does-not-decide"):
            act()
    db.session.expire_all()
    assert lead.state is CaseLeadState.DISPUTED
    decide_dispute(order, actor=make_supervisor())
    assert lead.state is CaseLeadState.ASSIGNED


@pytest.mark.requirement("E3")
def test_silence_is_noted_once_and_seen_by_the_office_above():
    officer, above = make_officer(), make_supervisor()
    lead = make_lead(make_case(officer=officer), officer)
    assert watch_case_leads(actor=Actor.system("test")) == 0
    lead.due_on = today() - timedelta(days=1)
    db.session.commit()

    assert watch_case_leads(actor=Actor.system("test")) == 1
    assert watch_case_leads(actor=Actor.system("test")) == 0
    [silent] = list_disputes(db.session(), viewpoint(above))
    assert not silent.disputed
    assert leads_to(make_officer(THERE))[0].overdue


def test_a_lead_that_came_back_can_go_to_another_unit_and_its_time_begins_again():
    officer, there = make_officer(), make_officer(THERE)
    number, other = make_case(officer=officer), make_case(officer=officer)
    lead = make_lead(number, officer)
    with pytest.raises(MoveRefused):
        again(number, lead, officer)
    returned(lead, there)
    with pytest.raises(NotFound):
        again(other, lead, officer)

    again(number, lead, officer, region="320404", unit="CULTURE_ENF@320404")

    assert (lead.department_code, lead.state) == ("CULTURE_ENF@320404", CaseLeadState.SENT)
    assert leads_to(there) == ()
    assert lead.due_on > today()


@pytest.mark.requirement("F9")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_dispute_is_decided_on_the_pages(desk, language):
    here, officer = desk(Role.CASE_OFFICER, language=language)
    above, _superior = desk(
        Role.SUPERVISOR, department="SUPERVISION@320000", region="320000", language=language
    )
    there = make_officer(THERE)
    number = make_case(officer=officer)
    lead = make_lead(number, officer)
    returned(lead, there)
    [link] = [
        one for one in here.get(f"/desk/cases/{number}").links() if one.endswith("/send-again")
    ]
    here.post(here.get(link), {"region": REGION, "kind": "CULTURE_ENF", "asked": "确属贵地。"})
    returned(lead, there)

    [link] = [one for one in above.get("/desk/cases/supervised").links() if "/decide" in one]
    above.post(above.get(link), {"whose": "receiver", "reason": "在其辖区"})

    assert "在其辖区" in here.get(f"/desk/cases/{number}").text("main")
    assert here.get(link).status == 403


# --- Pages ---------------------------------------------------------------------------------------


@pytest.mark.requirement("B13")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_the_page_draws_the_chain_and_lists_it(desk, language):
    pages, officer = desk(Role.CASE_OFFICER, language=language)
    number = make_case(officer=officer)
    shop, printer = make_parties(number, officer, "门店", "印刷厂")
    home = f"/desk/cases/{number}"

    same = {"supplier": shop.hex, "customer": shop.hex, "evidence": "x"}
    assert pages.post(pages.get(f"{home}/add-edge"), same).status == 422
    link = {"supplier": printer.hex, "customer": shop.hex, "evidence": "送货单三张"}
    case = pages.post(pages.get(f"{home}/add-edge"), link)

    assert "chain-title" in case.response.text
    assert "送货单三张" in case.text("ol")
    [strike] = [one for one in case.links() if "/edges/" in one]
    asked = pages.get(strike)
    named = asked.text(".govuk-inset-text")
    assert named.index("印刷厂") < named.index("门店"), "it says which link, and its direction"
    assert "chain-title" not in pages.post(asked, {}).response.text


@pytest.mark.requirement("C9")
def test_the_chain_says_the_stage_of_each_party_up_to_the_press_and_down_to_the_shop(desk):
    pages, officer = desk(Role.CASE_OFFICER, language="en")
    number = make_case(officer=officer)
    for role, name in ((PartyRole.PRINTER, "印刷厂"), (PartyRole.PRODUCER, "出版公司")):
        add_party(AddParty(number, role, name), actor=officer)
    press, publisher, shop = make_parties(number, officer, "门店")
    for supplier, customer in ((publisher, shop), (press, publisher)):
        add_edge(AddEdge(number, supplier, customer, "送货单"), actor=officer)

    case = pages.get(f"/desk/cases/{number}")

    said = case.text("ol")
    assert "出版公司 (Producer) supplies 门店 (Seller)" in said
    assert "印刷厂 (Printer) supplies 出版公司 (Producer)" in said
    boxes = sorted(chain_of(number, officer).picture.boxes, key=lambda box: box.y)
    assert [box.own for box in boxes] == [press, publisher, shop]


@pytest.mark.requirement("A7")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_lead_goes_from_one_desk_to_another_on_the_pages(desk, language):
    here, officer = desk(Role.CASE_OFFICER, language=language)
    there, _officer = desk(Role.CASE_OFFICER, department=THERE, region=REGION, language=language)
    numbers = [make_case(officer=officer) for _one in range(3)]
    asked = {"region": REGION, "kind": "CULTURE_ENF", "asked": "请查印刷厂。", "direction": "up"}

    for number in numbers:
        case = here.post(here.get(f"/desk/cases/{number}/follow"), asked)
        assert "请查印刷厂。" in case.text("main")
        [link] = [one for one in there.get("/desk/cases/leads").links() if one.endswith("/open")]
        form = there.get(link)
        assert here.get(link).status == 404
        if number == numbers[0]:
            case = there.post(form, {"title": "某印刷厂案", "summary": "据线索立案。"})
            own = case.text(".govuk-caption-l") or case.text("h1")
            assert number in case.text("main")
        elif number == numbers[1]:
            join = there.get(link.replace("/open", "/join"))
            assert there.post(join, {"number": own}).status == 200
        else:
            back = there.get(link.replace("/open", "/return"))
            assert there.post(back, {"reason": "查无此厂。"}).status == 200
    assert "查无此厂。" in here.get(f"/desk/cases/{numbers[2]}").text("main")


@pytest.mark.requirement("P12")
@pytest.mark.parametrize("stored", [1, 9])
def test_the_list_of_leads_takes_few_statements_whatever_is_in_it(desk, counted, stored):
    pages, _officer = desk(Role.CASE_OFFICER, department=THERE, region=REGION)
    officer = make_officer()
    for _one in range(stored):
        make_lead(make_case(officer=officer), officer)
    pages.get("/desk/cases/leads")

    with counted() as statements:
        assert pages.get("/desk/cases/leads").status == 200
    assert len(statements) <= 4, statements
