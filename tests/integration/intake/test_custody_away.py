"""A name that cannot be locked is not taken, and the answer says so."""

import pytest

from portal.custody import queries
from portal.custody.pins import CustodyNotReady
from portal.infra.database import db
from portal.infra.keys import keys
from portal.intake.content import Content
from portal.intake.models import ContactMode, Report
from portal.intake.service import Identity, SubmitReport, submit_report
from portal.kernel.actor import Actor
from tests.integration.at_the_desk import counted
from tests.pages import Pages

__all__ = ["counted"]


@pytest.fixture
def no_groups(app, monkeypatch, tmp_path):
    """An installation whose custodian groups were never made."""
    monkeypatch.setattr(queries, "pin_path", lambda: tmp_path / "custody.json")
    return app


def test_a_named_report_is_refused_in_words_while_names_cannot_be_locked(no_groups):
    pages = Pages(no_groups, language="en", may_break=True)
    page = pages.get("/report/one-page")

    answer = pages.post(
        page,
        {
            "narrative": "A stall sells pirated discs",
            "contact_mode": "named",
            "name": "Invented Person",
            "phone": "13800000009",
        },
    )

    assert answer.status == 503
    assert "Names cannot be sealed at the moment" in answer.text("main")
    assert db.session.query(Report).count() == 0


def test_an_anonymous_report_is_taken_all_the_same(no_groups):
    done = submit_report(
        SubmitReport(
            token=keys().pepper[:16],
            content=Content(narrative="有人卖盗版光盘"),
            contact_mode=ContactMode.ANONYMOUS,
            language="zh-Hans",
        ),
        actor=Actor.public(),
    )

    assert done.reference


def test_the_service_says_why_to_the_operator_before_it_keeps_anybody_from_writing(
    no_groups, counted
):
    with counted() as seen, pytest.raises(CustodyNotReady, match="create the custodian groups"):
        submit_report(
            SubmitReport(
                token=keys().index[:16],
                content=Content(narrative="有人卖盗版光盘"),
                contact_mode=ContactMode.NAMED,
                identity=Identity(name="Invented Person"),
                language="zh-Hans",
            ),
            actor=Actor.public(),
        )

    assert not [one for one in seen if not one.startswith("SELECT")]
