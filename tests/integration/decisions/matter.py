"""A case with one party that has a page, and what becomes of its decisions."""

from sqlalchemy import select

from portal.cases.models import Case
from portal.decisions.models import Decision, Review
from portal.decisions.service.party import FileObjection, file_objection
from portal.decisions.service.reviewing import (
    AdmitReview,
    DecideReview,
    admit_review,
    decide_review,
)
from portal.infra.database import db
from portal.intake.states import ReportState
from portal.kernel.actor import Actor
from tests.factories.cases import make_case, today
from tests.factories.casework import make_head, make_officer
from tests.factories.decisions import make_decision, make_party, open_page
from tests.factories.intake import make_report

PUBLIC = Actor.public()


class Matter:
    """A case of a verified report with one party that has a page."""

    def __init__(self, upto=""):
        self.officer, self.head = make_officer(), make_head()
        self.report = make_report(state=ReportState.VERIFIED, officer=self.officer)
        self.number = make_case(self.report, officer=self.officer, upto=upto, head=self.head)
        self.party = make_party(self.number, self.officer)
        self.code = open_page(self.number, self.party, self.officer)

    @property
    def case(self):
        db.session.expire_all()
        return db.session.scalars(select(Case).where(Case.number == self.number)).one()

    def decide(self, **changes):
        people = {"officer": self.officer, "head": self.head}
        asked = {"party": self.party, "served": today(), **people} | changes
        return make_decision(self.number, **asked)

    def decision(self, number=1):
        db.session.expire_all()
        own = Decision.case_id == self.case.id, Decision.number == number
        return db.session.scalars(select(Decision).where(*own)).one()

    def object(self, number=1):
        file_objection(FileObjection(self.party, number, "处罚过重。"), actor=PUBLIC)
        return self.review

    @property
    def review(self):
        db.session.expire_all()
        return db.session.scalars(select(Review)).one()


def judge(matter, outcome, reviewer):
    review = matter.review.id
    admit_review(AdmitReview(matter.number, review, admissible=True), actor=reviewer)
    decide_review(DecideReview(matter.number, review, outcome, "理由如下。"), actor=reviewer)
