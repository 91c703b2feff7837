"""A case goes to the police: decided on in days, handed over in hours, answered (D8, E23)."""

import io
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.cases.models import CasePaper
from portal.cases.oversight_models import FlashReport
from portal.cases.queries.access import get_case
from portal.cases.queries.page import get_facts
from portal.cases.service.filling import AddPaper, AssignCase, add_paper, assign_case
from portal.cases.service.opening import AddReport, add_report
from portal.cases.states import CaseAction, CaseState
from portal.casework.service.verification import AnswerReport, answer_report
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.intake.service import Identity
from portal.intake.states import ReportState
from portal.kernel.actor import Actor, Role
from portal.kernel.errors import MoveRefused, NotFound, NotPermitted, RuleBroken
from portal.transfers.referral_models import CaseReferral
from portal.transfers.referrals import ReferralLine, referrals_of
from portal.transfers.service.police import (
    AnswerReferral,
    DecideReferral,
    HandOverCase,
    ProposeReferral,
    answer_referral,
    decide_referral,
    hand_over_case,
    open_referral,
    propose_referral,
    seal_referral,
)
from portal.transfers.states import ReferralAction, ReferralResult, ReferralState
from tests.factories.accounts import actor_of, make_account, sign_in
from tests.factories.cases import make_case, make_move, today
from tests.factories.casework import make_head, make_officer, make_supervisor
from tests.factories.evidence import make_evidence
from tests.factories.intake import make_report
from tests.pages import Pages

S = ReportState
SYSTEM = Actor.system("test")
OWN = {"department": "CULTURE_ENF@320412", "region": "320412"}
CANARY = "金丝雀专用词"

pytestmark = pytest.mark.usefixtures("app")


def case_of(number):
    return get_case(db.session(), number, Actor.operator())


def make_referral(number: str, officer: Actor, papers=()) -> CaseReferral:
    order = ProposeReferral(number, "数额巨大，涉嫌犯罪。", tuple(papers))
    return db.session.get_one(CaseReferral, propose_referral(order, actor=officer))


def decide(number: str, made: CaseReferral, head: Actor, *, approved: bool = True) -> None:
    action = ReferralAction.APPROVE if approved else ReferralAction.REFUSE
    decide_referral(DecideReferral(number, made.id, action, "理由"), actor=head)


def withdraw(number: str, made: CaseReferral, head: Actor) -> None:
    order = DecideReferral(number, made.id, ReferralAction.WITHDRAW, "来件反映公安机关。")
    decide_referral(order, actor=head)


def complain_of(unit: str, number: str, officer: Actor, region: str = "320412") -> None:
    """Have a report that complains of this unit join the case."""
    report = make_report(state=S.ACCEPTED, officer=officer, region=region)
    add_report(AddReport(number, report.reference), actor=officer)
    report.conflict, report.excluded_units = True, [unit]
    db.session.commit()


def approve(number: str, made: CaseReferral, head: Actor) -> None:
    """Have the head approve, and the bundle packed."""
    decide(number, made, head)
    [task] = db.session.scalars(select(Task).where(Task.kind == TaskKind.SEAL_REFERRAL)).all()
    seal_referral(task.subject_id, actor=SYSTEM)


@pytest.mark.requirement("F13")
@pytest.mark.requirement("D8")
def test_a_case_with_a_report_that_complains_of_the_police_is_not_transferred_to_them():
    officer, head = make_officer(), make_head()
    report = make_report(state=S.ACCEPTED, officer=officer)
    number = make_case(report, officer=officer)
    made = make_referral(number, officer)
    facts = get_facts(db.session(), number, head)
    assert ReferralAction.APPROVE in line_of(number, head).acts

    report.conflict, report.excluded_units = True, ["POLICE@320412"]
    db.session.commit()

    with pytest.raises(RuleBroken, match="named-in-the-report"):
        decide(number, made, head)
    assert line_of(number, head).acts == (ReferralAction.REFUSE,)
    decide(number, made, head, approved=False)
    assert not referrals_of(db.session(), facts, officer).offered
    with pytest.raises(RuleBroken, match="named-in-the-report"):
        make_referral(number, officer)


@pytest.mark.requirement("F13")
@pytest.mark.requirement("D8")
def test_a_report_that_complains_of_the_police_after_the_approval_stops_the_hand_over():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    made = make_referral(number, officer)
    approve(number, made, head)
    assert line_of(number, officer).acts == (ReferralAction.HAND_OVER,)

    complain_of("POLICE@320412", number, officer)

    line = line_of(number, officer)
    assert (line.acts, line.has_bundle, line.stopped) == ((), False, True)
    for refused in (
        lambda: hand_over_case(HandOverCase(number, made.id, "示例警官", "3号"), actor=officer),
        lambda: open_referral(number, made.id, actor=officer),
    ):
        with pytest.raises(RuleBroken, match="named-in-the-report"):
            refused()
    assert line_of(number, head).acts == (ReferralAction.WITHDRAW,)
    withdraw(number, made, head)
    line = line_of(number, officer)
    assert (line.state, line.withdrawn) == (ReferralState.WITHDRAWN, "来件反映公安机关。")
    assert (line.decision, line.acts) == ("理由", ())
    assert case_of(number).referred_at is None
    with pytest.raises(RuleBroken, match="named-in-the-report"):
        make_referral(number, officer)


@pytest.mark.requirement("F13")
@pytest.mark.requirement("D8")
@pytest.mark.parametrize("approved", [True, False])
def test_a_transfer_that_is_stopped_is_ended_by_any_head_though_they_had_a_hand_in_it(approved):
    officer, head, other = make_officer(), make_head(), make_head()
    number = make_case(officer=officer)
    made = make_referral(number, head)
    if approved:
        approve(number, made, other)
    ends = ReferralAction.WITHDRAW if approved else ReferralAction.REFUSE
    assert ends not in line_of(number, head).acts

    complain_of("POLICE@320412", number, officer)

    assert (line_of(number, head).acts, line_of(number, officer).acts) == ((ends,), ())
    with pytest.raises(NotPermitted):
        decide_referral(DecideReferral(number, made.id, ends, "理由"), actor=officer)
    decide_referral(DecideReferral(number, made.id, ends, "理由"), actor=head)
    assert case_of(number).referred_at is None
    line = line_of(number, head)
    assert (line.stopped, line.acts) == (False, ()), "what is over is not stopped any more"


@pytest.mark.requirement("F13")
@pytest.mark.requirement("D8")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_what_was_carried_before_the_complaint_joined_is_withdrawn_with_that_written_down(
    app, language
):
    head = make_account(Role.DEPARTMENT_HEAD, **OWN)
    pages = Pages(app, language)
    sign_in(pages, head, "/desk")
    officer = make_officer()
    number = make_case(officer=officer)
    made = make_referral(number, officer)
    approve(number, made, actor_of(head))
    assert not pages.get(f"/desk/cases/{number}/referrals/{made.id}/approve").has("[name=carried]")
    assert open_referral(number, made.id, actor=officer).name == f"{number}.zip"
    complain_of("POLICE@320412", number, officer)

    form = pages.get(f"/desk/cases/{number}/referrals/{made.id}/withdraw")
    shown = pages.post(form, {"reason": "来件反映公安机关。", "carried": "y"})

    line = line_of(number, officer)
    assert (line.carried, line.withdrawn_by) == (True, head.display_name)
    assert line.withdrawn_at is not None
    assert (made.withdrawn_by, made.decided_by) == (head.id, head.id)
    said = "The police had it already" if language == "en" else "公安机关已收到材料"
    assert said in shown.text("main")
    assert head.display_name in shown.text("main")
    notes = "goes into the notes" if language == "en" else "请写入案件记录"
    assert notes in shown.text("main")
    assert shown.links().count(f"/desk/cases/{number}/add-note") == 2
    events = select(AuditEvent.details).where(AuditEvent.action == "case.referral-withdraw")
    assert db.session.scalars(events).one()["carried"] == "yes"
    assert open_referral(number, made.id, actor=officer).name == f"{number}.zip"


@pytest.mark.requirement("D8")
def test_the_bundle_of_a_withdrawn_transfer_is_not_opened_any_more():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    made = make_referral(number, officer)
    approve(number, made, head)
    assert line_of(number, officer).has_bundle

    withdraw(number, made, head)

    assert not line_of(number, officer).has_bundle
    with pytest.raises(NotFound):
        open_referral(number, made.id, actor=officer)
    form = DecideReferral(number, make_referral(number, officer).id, ReferralAction.APPROVE, "理由")
    decide_referral(form, actor=head)
    assert [one.carried for one in db.session.scalars(select(CaseReferral))] == [False, False]


@pytest.mark.requirement("D8")
def test_an_approval_is_withdrawn_by_a_head_without_a_hand_in_it_until_it_is_handed_over():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    first = make_referral(number, head)
    with pytest.raises(MoveRefused):
        withdraw(number, first, make_supervisor())
    approve(number, first, make_supervisor())

    for somebody, refusal in ((officer, NotPermitted), (head, RuleBroken)):
        with pytest.raises(refusal):
            withdraw(number, first, somebody)
    withdraw(number, first, make_head())
    with pytest.raises(MoveRefused):
        hand_over_case(HandOverCase(number, first.id, "示例警官", "3号"), actor=officer)

    second = make_referral(number, officer)
    decide(number, second, head)
    withdraw(number, second, head)
    seal_referral(second.id, actor=SYSTEM)
    assert second.bundle_id is None, "what was withdrawn before it was packed is not packed"
    third = make_referral(number, officer)
    decide(number, third, head)
    seal_referral(third.id, actor=SYSTEM)
    hand_over_case(HandOverCase(number, third.id, "示例警官", "3号"), actor=officer)
    with pytest.raises(MoveRefused):
        withdraw(number, third, head)
    assert case_of(number).referred_at is not None


@pytest.mark.requirement("F13")
@pytest.mark.parametrize("unit", ["POLICE@320411", "POLICE@320412"])
def test_the_police_the_case_goes_to_and_those_where_the_unit_is_are_asked_about(unit):
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    made = make_referral(number, officer)
    # As if the matter lay in the county beside that of the unit.
    case_of(number).region, made.department_code = "320411", "POLICE@320411"
    db.session.commit()
    assert line_of(number, head).acts == (ReferralAction.APPROVE, ReferralAction.REFUSE)

    complain_of(unit, number, officer, unit.partition("@")[2])

    assert line_of(number, head).acts == (ReferralAction.REFUSE,)
    with pytest.raises(RuleBroken, match="named-in-the-report"):
        decide(number, made, head)


def test_more_papers_than_go_into_one_bundle_are_refused_when_they_are_chosen(monkeypatch):
    officer = make_officer()
    number = make_case(officer=officer)
    paper = make_evidence(actor=officer)
    add_paper(AddPaper(number, "inspection-record", today(), paper.id), actor=officer)
    held = db.session.scalars(select(CasePaper.id)).one()
    monkeypatch.setattr("portal.transfers.service.police.MOST_BYTES", 1)

    with pytest.raises(RuleBroken, match="bundle-too-large"):
        make_referral(number, officer, [held])

    assert db.session.scalars(select(CaseReferral)).all() == []


def line_of(number: str, actor: Actor) -> ReferralLine:
    facts = get_facts(db.session(), number, actor)
    return referrals_of(db.session(), facts, actor).lines[-1]


@pytest.mark.requirement("D8")
@pytest.mark.requirement("E23")
def test_a_case_is_decided_on_in_three_days_handed_over_in_a_day_and_answered():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)

    made = make_referral(number, officer)
    assert 3 <= (made.decide_by - today()).days <= 10
    approve(number, made, head)
    assert made.hand_over_by - made.decided_at == timedelta(hours=24)
    assert get_facts(db.session(), number, officer).referred
    hand_over_case(HandOverCase(number, made.id, "示例警官", "公收〔2026〕3号"), actor=officer)
    order = AnswerReferral(number, made.id, today(), ReferralResult.FILED, "已立案侦查。")
    answer_referral(order, actor=officer)

    line = line_of(number, officer)
    assert (line.state, line.result) == (ReferralState.ANSWERED, ReferralResult.FILED)
    said = (line.receiver, line.receipt, line.answer)
    assert said == ("示例警官", "公收〔2026〕3号", "已立案侦查。")
    assert not get_facts(db.session(), number, officer).referred
    with pytest.raises(MoveRefused):
        answer_referral(order, actor=officer)


@pytest.mark.requirement("E23")
@pytest.mark.requirement("D8")
def test_the_bundle_holds_the_chosen_papers_with_hashes_and_nothing_of_who_reported():
    officer, head = make_officer(), make_head()
    sender = Identity(name=CANARY, phone="13800009999")
    report = make_report(state=S.ACCEPTED, officer=officer, identity=sender, narrative=CANARY)
    number = make_case(report, officer=officer)
    for body in (b"%PDF-1.4 one\n%%EOF\n", b"%PDF-1.4 two\n%%EOF\n"):
        file = make_evidence(body, "a.pdf", actor=officer)
        add_paper(AddPaper(number, "case-filing", today(), file.id), actor=officer)
    chosen, _other = db.session.scalars(select(CasePaper.id).order_by(CasePaper.added_at)).all()

    made = make_referral(number, officer, [chosen])
    with pytest.raises(NotFound):
        open_referral(number, made.id, actor=officer)
    approve(number, made, head)
    seal_referral(made.id, actor=SYSTEM)

    opened = open_referral(number, made.id, actor=officer).opened
    packed = zipfile.ZipFile(io.BytesIO(b"".join(opened.chunks)))
    names = packed.namelist()
    assert sum(name.startswith("papers/") for name in names) == 1
    assert {"sheet.pdf", "manifest.json", "SHA256SUMS"} <= set(names)
    whole = b"".join(packed.read(name) for name in names)
    for secret in (CANARY, "13800009999", report.reference):
        assert secret.encode() not in whole


def test_whoever_proposed_or_has_the_case_does_not_decide_nor_an_officer():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    made = make_referral(number, head)

    for somebody, refusal in ((officer, NotPermitted), (head, RuleBroken)):
        with pytest.raises(refusal):
            decide(number, made, somebody)
    decide(number, made, make_supervisor(), approved=False)

    assert (made.state, case_of(number).referred_at) == (ReferralState.REFUSED, None)
    assert line_of(number, officer).decision == "理由"


@pytest.mark.requirement("D8")
def test_what_would_be_refused_of_a_transfer_is_not_offered_and_whoever_had_the_case_decides_not():
    officer, head, other = make_officer(), make_head(), make_head()
    number = make_case(officer=officer)
    assign_case(AssignCase(number, head.id), actor=head)
    assign_case(AssignCase(number, officer.id), actor=head)
    made = make_referral(number, officer)
    decided = (ReferralAction.APPROVE, ReferralAction.REFUSE)

    offered = {one: line_of(number, one).acts for one in (officer, head, other)}
    assert offered == {officer: (), head: (), other: decided}
    with pytest.raises(RuleBroken, match="handler-does-not-confirm"):
        decide(number, made, head)
    decide(number, made, other)

    assert line_of(number, officer).acts == ()
    seal_referral(made.id, actor=SYSTEM)
    assert line_of(number, officer).acts == (ReferralAction.HAND_OVER,)


@pytest.mark.requirement("E23")
@pytest.mark.requirement("D8")
def test_a_case_that_waits_for_the_police_is_not_closed():
    officer, head = make_officer(), make_head()
    report = make_report(state=S.VERIFIED, officer=officer)
    number = make_case(report, officer=officer)
    answer_report(AnswerReport(report.reference, "已移送公安机关。"), actor=officer)
    made = make_referral(number, officer)
    approve(number, made, head)

    with pytest.raises(RuleBroken, match="with-the-police"):
        make_move(number, CaseAction.DROP, head)
    hand_over_case(HandOverCase(number, made.id, "示例警官", "3号"), actor=officer)
    order = AnswerReferral(number, made.id, today(), ReferralResult.NOT_FILED, "不予立案。")
    answer_referral(order, actor=officer)
    make_move(number, CaseAction.DROP, head)

    assert case_of(number).state is CaseState.CLOSED


@pytest.mark.requirement("D8")
def test_what_went_to_the_police_is_read_on_a_closed_case_as_well():
    officer, head = make_officer(), make_head()
    report = make_report(state=S.VERIFIED, officer=officer)
    number = make_case(report, officer=officer)
    answer_report(AnswerReport(report.reference, "已移送公安机关。"), actor=officer)
    made = make_referral(number, officer)
    approve(number, made, head)
    hand_over_case(HandOverCase(number, made.id, "示例警官", "3号"), actor=officer)
    order = AnswerReferral(number, made.id, today(), ReferralResult.NOT_FILED, "不予立案。")
    answer_referral(order, actor=officer)
    make_move(number, CaseAction.DROP, head)

    assert case_of(number).state is CaseState.CLOSED
    assert line_of(number, officer).has_bundle
    assert open_referral(number, made.id, actor=officer).name == f"{number}.zip"


@pytest.mark.requirement("D8")
def test_an_act_with_the_police_has_a_page_exactly_where_the_case_has_its_button(app):
    def desk(role):
        account = make_account(role, **OWN)
        pages = Pages(app, "en")
        sign_in(pages, account, "/desk")
        return pages, actor_of(account)

    (unit, officer), (above, head) = desk(Role.CASE_OFFICER), desk(Role.DEPARTMENT_HEAD)
    number, home = make_case(officer=officer), "/desk/cases"

    def pages_of(pages, actor, made):
        line = line_of(number, actor) if made else None
        acts = line.acts if line else ()
        facts = get_facts(db.session(), number, actor)
        offered = {str(act) for act in acts}
        offered |= {"refer"} if referrals_of(db.session(), facts, actor).offered else set()
        at = f"{home}/{number}/referrals/{made.id}" if made else ""
        asked = {str(act): f"{at}/{act}" for act in ReferralAction} if made else {}
        asked["refer"] = f"{home}/{number}/refer"
        found = {act: pages.get(address).status for act, address in asked.items()}
        assert {act for act, status in found.items() if status == 200} == offered
        assert {found[act] for act in found.keys() - offered} <= {403, 409}
        return offered

    def both(made):
        return pages_of(unit, officer, made), pages_of(above, head, made)

    assert both(None) == ({"refer"}, {"refer"})
    made = make_referral(number, officer)
    assert both(made) == (set(), {"approve", "refuse"})
    decide(number, made, head)
    assert both(made) == (set(), {"withdraw"})
    seal_referral(made.id, actor=SYSTEM)
    assert both(made) == ({"hand-over"}, {"hand-over", "withdraw"})
    hand_over_case(HandOverCase(number, made.id, "示例警官", "3号"), actor=officer)
    assert both(made) == ({"answer"}, {"answer"})
    order = AnswerReferral(number, made.id, today(), ReferralResult.FILED, "已立案侦查。")
    answer_referral(order, actor=officer)
    assert both(made) == ({"refer"}, {"refer"})


def test_there_is_one_transfer_at_a_time_and_another_after_it():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    made = make_referral(number, officer)

    with pytest.raises(RuleBroken, match="with-the-police"):
        make_referral(number, officer)
    decide(number, made, head, approved=False)
    with pytest.raises(MoveRefused):
        decide(number, made, head)

    assert make_referral(number, officer).state is ReferralState.PROPOSED


def test_nothing_is_handed_over_before_it_is_packed_and_no_day_is_out_of_order():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    made = make_referral(number, officer)
    order = HandOverCase(number, made.id, "示例警官", "3号")

    with pytest.raises(MoveRefused):
        hand_over_case(order, actor=officer)
    decide(number, made, head)
    with pytest.raises(RuleBroken, match="bundle-not-packed"):
        hand_over_case(order, actor=officer)
    seal_referral(made.id, actor=SYSTEM)
    hand_over_case(order, actor=officer)
    for days, code in ((1, "future"), (-1, "too-early")):
        day = today() + timedelta(days=days)
        wrong = AnswerReferral(number, made.id, day, ReferralResult.FILED, "答")
        with pytest.raises(RuleBroken, match=code):
            answer_referral(wrong, actor=officer)


def test_what_is_over_its_time_is_shown_as_late():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)
    made = make_referral(number, officer)
    assert not line_of(number, officer).late
    made.decide_by = today() - timedelta(days=1)
    db.session.commit()
    assert line_of(number, officer).late

    approve(number, made, head)
    assert not line_of(number, officer).late
    made.hand_over_by -= timedelta(hours=25)
    db.session.commit()
    assert line_of(number, officer).late


@pytest.mark.requirement("A9")
def test_a_case_that_goes_to_the_police_is_a_major_one():
    officer, head = make_officer(), make_head()
    number = make_case(officer=officer)

    approve(number, make_referral(number, officer), head)

    assert db.session.scalars(select(FlashReport)).one().grounds == ["police"]


def test_the_transfer_of_another_case_is_not_there_nor_are_papers_of_another():
    officer = make_officer()
    number, other = make_case(officer=officer), make_case(officer=officer)
    made = make_referral(number, officer)
    file = make_evidence(actor=officer)
    add_paper(AddPaper(number, "case-filing", today(), file.id), actor=officer)
    paper = db.session.scalars(select(CasePaper.id)).one()

    with pytest.raises(NotFound):
        open_referral(other, made.id, actor=officer)
    with pytest.raises(NotFound):
        make_referral(other, officer, [paper])


@pytest.mark.requirement("D8")
@pytest.mark.parametrize("language", ["zh-Hans", "en"])
def test_a_case_goes_to_the_police_and_comes_back_on_the_pages(app, language):
    def desk(role):
        account = make_account(role, **OWN)
        pages = Pages(app, language)
        sign_in(pages, account, "/desk")
        return pages, actor_of(account)

    (unit, officer), (above, _head) = desk(Role.CASE_OFFICER), desk(Role.DEPARTMENT_HEAD)
    number = make_case(officer=officer)
    home = f"/desk/cases/{number}"

    form = unit.get(f"{home}/refer")
    assert not form.has("[name=papers]"), "a case without papers is asked about none"
    assert unit.post(form, {"reason": ""}).status == 422
    case = unit.post(unit.get(f"{home}/refer"), {"reason": "涉嫌犯罪"})
    assert f"{home}/refer" not in case.links()
    assert not [one for one in case.links() if one.endswith("/approve")]
    [link] = [one for one in above.get(home).links() if one.endswith("/approve")]
    form = above.get(link)
    assert "涉嫌犯罪" in form.text(".govuk-inset-text"), "what is decided on stands on the page"
    above.post(form, {"reason": "同意"})
    made = db.session.scalars(select(CaseReferral)).one()
    seal_referral(made.id, actor=SYSTEM)
    at = f"{home}/referrals/{made.id}"
    assert unit.get(f"{at}/bundle").response.mimetype == "application/zip"
    unit.post(unit.get(f"{at}/hand-over"), {"receiver": "示例警官", "receipt": "3号"})
    reply = {"result": "filed", "answered_on": today().isoformat(), "text": "已立案侦查。"}
    case = unit.post(unit.get(f"{at}/answer"), reply)
    assert "已立案侦查。" in case.text("main")
