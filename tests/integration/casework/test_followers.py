"""What becomes of merged reports when the one that leads ends, goes back or is contested."""

from itertools import product

import pytest

from portal.casework.service.acceptance import (
    DeclineReport,
    ReturnReport,
    decline_report,
    return_report,
)
from portal.casework.service.closing import CloseUnrouted, close_unrouted
from portal.casework.service.masses import OrderMassAct, order_mass_act
from portal.casework.service.merging import MergeReports, merge_reports
from portal.casework.states import MassActKind
from portal.feedback.service import ContestResult, contest_result
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.models import Report
from portal.intake.states import OPEN_STATES, REPORT_LIFECYCLE, ReportAction, ReportState
from portal.kernel.actor import Actor, Role
from portal.operations.reconciliation import merged_into_ended
from portal.triage import relations
from portal.triage.states import RelationKind
from tests.factories.casework import make_actor, make_clerk, make_officer
from tests.factories.intake import make_report

pytestmark = pytest.mark.usefixtures("app")

S, A = ReportState, ReportAction
RECEPTION = "TRIAGE@320400"
PUBLIC = Actor.public()
SPAM = "unrouted.spam"
ACTS = {
    A.CLOSE_UNROUTED: lambda one, who: close_unrouted(CloseUnrouted(one, SPAM), actor=who),
    A.DECLINE: lambda one, who: decline_report(DeclineReport(one, "decline.no-breach"), actor=who),
    A.RETURN: lambda one, who: return_report(ReturnReport(one, "不归我们管"), actor=who),
}
TABLE = [
    (leading, following, act)
    for act, leading, following in product(ACTS, S, S)
    if (leading, act) in REPORT_LIFECYCLE.moves
]


def somebody():
    return make_actor(Role.CASE_OFFICER, Role.TRIAGE_CLERK, department=RECEPTION, region="320400")


def merged(leading: Report, *following: Report) -> None:
    """Merge as it may have been before either had come so far."""
    with unit_of_work(Actor.system("test")) as uow:
        for one in following:
            made = uow.session.get_one(Report, one.id)
            made.merged_into = leading.id
            relations.relate(uow, RelationKind.MERGED, leading, made, reasons=[])
    db.session.expire_all()


@pytest.mark.requirement("U34")
@pytest.mark.parametrize(("leading", "following", "act"), TABLE)
def test_a_leading_report_ends_in_every_state_and_loses_nobody(leading, following, act):
    who, at = make_officer(RECEPTION), {"department": RECEPTION}
    first, later = (make_report(state=one, officer=who, **at) for one in (leading, following))
    merged(first, later)
    results = later.result_number

    ACTS[act](first.reference, somebody())

    db.session.expire_all()
    assert first.state is REPORT_LIFECYCLE.after(leading, act)
    assert later.state is REPORT_LIFECYCLE.moves.get((following, act), following)
    if later.state is following:
        assert later.result_number == results
    ended = first.state not in OPEN_STATES
    assert (later.merged_into is None) is (ended and later.state in OPEN_STATES)
    assert merged_into_ended(db.session()) == 0


@pytest.mark.requirement("U34")
def test_closing_a_mass_closes_what_was_merged_into_one_of_it():
    clerk = make_clerk()
    one, two, new = (make_report(state=S.ROUTED, department=RECEPTION) for _ in range(3))
    two.mass_of = new.mass_of = one.id
    db.session.commit()
    merge_reports(MergeReports(one.reference, two.reference), actor=clerk)

    order = OrderMassAct(one.reference, MassActKind.CLOSE, 2, reason=SPAM)
    order_mass_act(order, actor=clerk)

    db.session.expire_all()
    assert {report.state for report in (one, two, new)} == {S.CLOSED}
    assert [report.result_number for report in (one, two, new)] == [1, 1, 1]


def test_a_contested_leading_report_is_closed_again_by_another_person():
    one, two = (make_report(state=S.ROUTED, department=RECEPTION) for _ in range(2))
    clerk = make_clerk()
    merge_reports(MergeReports(one.reference, two.reference), actor=clerk)
    close_unrouted(CloseUnrouted(one.reference, SPAM), actor=clerk)
    contest_result(ContestResult(one.id, "contest.still-going-on", "还在卖"), actor=PUBLIC)

    close_unrouted(CloseUnrouted(one.reference, SPAM), actor=make_clerk())

    db.session.expire_all()
    assert [(x.state, x.result_number) for x in (one, two)] == [(S.CLOSED, 2), (S.CLOSED, 1)]


@pytest.mark.requirement("U34")
def test_only_the_report_that_contests_leaves_what_was_merged_into_it_before_stays():
    clerk = make_clerk()
    one, two, three = (make_report(state=S.ROUTED, department=RECEPTION) for _ in range(3))
    merge_reports(MergeReports(two.reference, three.reference), actor=clerk)
    merge_reports(MergeReports(one.reference, two.reference), actor=clerk)
    close_unrouted(CloseUnrouted(one.reference, SPAM), actor=clerk)

    contest_result(ContestResult(two.id, "contest.still-going-on", "还在卖"), actor=PUBLIC)

    db.session.expire_all()
    assert [x.merged_into for x in (one, two, three)] == [None, None, one.id]
    assert [x.state for x in (one, two, three)] == [S.CLOSED, S.CONTESTED, S.CLOSED]
    kinds = {
        other.id: relations.find_live(db.session(), one.id, other.id).kind for other in (two, three)
    }
    assert kinds == {two.id: RelationKind.LINKED, three.id: RelationKind.MERGED}
    assert relations.find_live(db.session(), two.id, three.id) is None
