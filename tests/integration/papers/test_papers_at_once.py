"""Officers at once: a number is given once and none is left out, and a paper is final once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.audit.models import AuditEvent
from portal.cases.models import CasePaper
from portal.infra.database import db
from portal.kernel.errors import MoveRefused
from portal.papers.service.drafting import OnPaper
from portal.papers.service.issuing import issue_paper
from tests.factories.cases import make_case
from tests.factories.casework import make_officer
from tests.factories.papers import make_draft

OFFICERS, PAPERS = 4, 6


@pytest.mark.requirement("B6")
def test_papers_made_final_at_once_leave_no_number_out_and_are_final_once(office):
    with office.app_context():
        officers = [make_officer() for _one in range(OFFICERS)]
        cases = [make_case(officer=officers[0]) for _one in range(PAPERS)]
        papers = [(number, make_draft(number, officers[0])) for number in cases]
        db.session.remove()
    start = Barrier(OFFICERS)

    def issue_all(officer) -> list[str]:
        with office.app_context():
            start.wait(timeout=60)
            given = [one for pair in papers if (one := issue_one(*pair, officer))]
            db.session.remove()
            return given

    def issue_one(number, paper_id, officer) -> str:
        try:
            return issue_paper(OnPaper(number, paper_id), actor=officer)
        except MoveRefused:
            return ""

    with ThreadPoolExecutor(OFFICERS) as threads:
        given = [one for part in threads.map(issue_all, officers) for one in part]

    assert sorted(int(one[-4:]) for one in given) == list(range(1, PAPERS + 1))
    with office.app_context():
        actions = Counter(db.session.scalars(select(AuditEvent.action)))
        assert actions["paper.issue"] == PAPERS
        assert db.session.scalar(select(func.count()).select_from(CasePaper)) == PAPERS
        db.session.remove()
