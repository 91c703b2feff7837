"""Accepting a report: once, whatever the network and chance do."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain, repeat
from threading import Barrier

import pytest
from flask_migrate import upgrade
from sqlalchemy import func, select, update

from app import create_app
from portal.infra.config import settings
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.intake import service
from portal.intake.models import Receipt, Report
from portal.intake.queries import get_receipt, token_hash
from portal.intake.service import SentAlready
from portal.jurisdiction.queries import forget_place
from portal.jurisdiction.service import LoadPack, load_pack
from portal.kernel.actor import Actor
from portal.kernel.errors import RuleBroken, TooManyAttempts
from tests.factories.intake import make_report, now, submit

TWINS = 8


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.requirement("T58")
def test_the_same_token_and_content_give_the_same_receipt_and_one_report(app):
    token = os.urandom(16)

    first, second = submit(token=token), submit(token=token)

    assert (first.repeated, second.repeated) == (False, True)
    assert first.code == second.code
    assert count(Report) == 1


def test_the_same_token_with_another_content_is_refused_and_changes_nothing(app):
    token = os.urandom(16)
    submit(token=token)

    with pytest.raises(SentAlready):
        submit(token=token, narrative="完全是另一回事")
    assert count(Report) == 1


def test_the_receipt_is_not_given_again_after_half_an_hour(app):
    token = os.urandom(16)
    submit(token=token)
    db.session.execute(update(Receipt).values(shown_until=now() - timedelta(seconds=1)))
    db.session.commit()

    with pytest.raises(SentAlready):
        submit(token=token)


def test_a_code_whose_finder_is_taken_becomes_another_code(app):
    token = os.urandom(16)
    first = submit(token=token)
    # As if another token had led to the very same locator.
    db.session.execute(update(Receipt).values(token_hash=token_hash(os.urandom(16))))
    db.session.commit()

    second = submit(token=token)

    assert first.code.locator != second.code.locator
    assert count(Report) == 2
    assert get_receipt(db.session(), token).code == second.code
    assert submit(token=token).code == second.code


def test_a_reference_that_is_taken_is_drawn_again(app, monkeypatch):
    taken = make_report().reference
    drawn = chain(repeat(taken, 2), ["SL-FREE-0000"])
    monkeypatch.setattr(service, "new_reference", lambda: next(drawn))

    assert submit().reference == "SL-FREE-0000"


def test_a_report_leaves_its_work_in_the_same_transaction(app):
    report = make_report()

    kinds = set(db.session.scalars(select(Task.kind).where(Task.subject_id == report.id)))
    assert kinds == {TaskKind.TRIAGE_REPORT, TaskKind.HARDEN_RECEIPT, TaskKind.INDEX_REPORT}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"category": "no.such"}, "category-unknown"),
        ({"region": "999999"}, "region-unknown"),
    ],
)
def test_what_the_place_does_not_know_is_refused(app, changes, code):
    with pytest.raises(RuleBroken) as refusal:
        submit(**changes)

    assert refusal.value.code == code
    assert count(Report) == 0


@pytest.mark.requirement("U20")
def test_a_flood_from_one_network_is_braked_but_never_who_is_in_danger(app, monkeypatch):
    monkeypatch.setenv("SUNLINE_SUBMISSIONS_PER_HOUR", "3")
    settings.cache_clear()
    try:
        for _ in range(3):
            submit(network="one")
        with pytest.raises(TooManyAttempts):
            submit(network="one")
        submit(network="another")
        submit(network="one", category="child_abuse.material", urls=["example.com"])
    finally:
        monkeypatch.undo()
        settings.cache_clear()

    assert count(Report) == 5


@pytest.fixture
def own_database(built_app, tmp_path, monkeypatch):
    """A second application on a database file of its own, where threads meet for real."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'own.db'}")
    settings.cache_clear()
    forget_place()
    other = create_app()
    with other.app_context():
        upgrade()
        load_pack(LoadPack("cn_culture_market"), actor=Actor.operator())
        db.session.remove()
    yield other
    with other.app_context():
        db.engine.dispose()
    monkeypatch.undo()
    settings.cache_clear()
    forget_place()


@pytest.mark.requirement("T58")
def test_eight_presses_of_the_button_at_once_are_one_report_with_one_code(own_database):
    token, start = os.urandom(16), Barrier(TWINS)

    def press(_number: int) -> str:
        with own_database.app_context():
            start.wait(timeout=30)
            code = submit(token=token).code.text
            db.session.remove()
            return code

    with ThreadPoolExecutor(TWINS) as threads:
        codes = list(threads.map(press, range(TWINS)))

    with own_database.app_context():
        assert len(set(codes)) == 1
        assert count(Report) == 1
        assert count(Task) == 3
