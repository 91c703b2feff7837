"""Rows that are written past the session."""

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import select

from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.lead_models import ExclusionCause, ReportExclusion
from portal.kernel.actor import Actor
from tests.factories.intake import make_report


def test_what_one_row_is_not_given_another_may_be(app):
    report, other = make_report(), make_report()
    given = [None, other.id, None, other.id]
    rows = [
        ReportExclusion(
            person_id=uuid4(),
            report_id=report.id,
            cause=ExclusionCause.NAMED,
            made_at=datetime.now(UTC),
            **({"shared_by": one} if one else {}),
        )
        for one in given
    ]

    with unit_of_work(Actor.operator()) as uow:
        uow.insert(*rows)

    kept = dict(
        db.session.execute(select(ReportExclusion.person_id, ReportExclusion.shared_by)).all()
    )
    assert [kept[row.person_id] for row in rows] == given
