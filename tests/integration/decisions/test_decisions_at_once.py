"""Several at once: a decision is approved once, objected to once, and a review decided once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.decisions.models import Review
from portal.decisions.service.drafting import SettleDecision, settle_decision
from portal.decisions.service.party import FileObjection, file_objection
from portal.decisions.service.reviewing import (
    AdmitReview,
    DecideReview,
    admit_review,
    decide_review,
)
from portal.decisions.states import DecisionAction, ReviewOutcome
from portal.infra.database import db
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from portal.kernel.errors import PortalError
from tests.factories.cases import make_case
from tests.factories.casework import make_head, make_officer
from tests.factories.decisions import make_decision, make_party, open_page, serve
from tests.factories.intake import make_report

PEOPLE = 4


@pytest.mark.requirement("F11")
def test_a_decision_and_its_review_are_made_once_by_many_at_once(office):
    def together(act):
        """How often each of PEOPLE threads got it done, and was refused."""
        start = Barrier(PEOPLE)

        def one(number):
            with office.app_context():
                start.wait(timeout=60)
                try:
                    act(heads[number])
                except PortalError:
                    return False
                finally:
                    db.session.remove()
                return True

        with ThreadPoolExecutor(PEOPLE) as pool:
            return Counter(pool.map(one, range(PEOPLE)))

    with office.app_context():
        officer, approver = make_officer(), make_head()
        heads = [make_head() for _one in range(PEOPLE)]
        report = make_report(state=ReportState.VERIFIED, officer=officer)
        case = make_case(report, officer=officer)
        party = make_party(case, officer)
        open_page(case, party, officer)
        make_decision(case, party=party, officer=officer, head=approver)
        make_decision(case, party=party, officer=officer, approved=False)
        serve(case, 1, party, officer)
        db.session.remove()

    approve = SettleDecision(case, 2, DecisionAction.APPROVE)
    once = Counter({True: 1, False: PEOPLE - 1})
    assert together(lambda head: settle_decision(approve, actor=head)) == once
    objection = FileObjection(party, 1, "不服。")
    assert together(lambda _head: file_objection(objection, actor=Actor.public())) == once
    with office.app_context():
        review = db.session.scalars(select(Review.id)).one()
        admit_review(AdmitReview(case, review, admissible=True), actor=heads[0])
        db.session.remove()
    order = DecideReview(case, review, ReviewOutcome.OVERTURNED, "事实不清。")
    assert together(lambda head: decide_review(order, actor=head)) == once

    with office.app_context():
        for action in ("decision.set-aside", "review.decide", "review.file"):
            done = select(func.count()).where(AuditEvent.action == action)
            assert db.session.scalar(done) == 1, action
        db.session.remove()
