"""Files of drafts that were given up are erased; those of reports never are."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal.evidence.models import Evidence
from portal.evidence.service import IncomingFile, keep_files
from portal.infra.database import db
from portal.infra.visits import Ticket
from portal.intake.draft import Draft
from portal.intake.drafting import (
    close_draft,
    delete_draft,
    find_draft,
    forget_unlinked_files,
    keep_draft,
)
from portal.intake.uploads import UNOWNED_AGE
from portal.kernel.actor import Actor
from tests.factories.evidence import picture
from tests.factories.intake import now, submit
from workers.schedule import SCHEDULE

PUBLIC, CLOCK = Actor.public(), Actor.system("clock")


def kept_file():
    [file_id] = keep_files([IncomingFile(io.BytesIO(picture()), "a.jpg")], actor=PUBLIC)
    return file_id


def age(*file_ids) -> None:
    """As if no draft had waited with the files for longer than a draft lives."""
    long_ago = now() - UNOWNED_AGE - timedelta(minutes=1)
    db.session.execute(
        update(Evidence).where(Evidence.id.in_(file_ids)).values(claimed_at=long_ago)
    )
    db.session.commit()


def file_ids() -> set:
    return set(db.session.scalars(select(Evidence.id)))


def test_only_old_files_without_a_report_are_forgotten(app):
    given_up, waiting, sent = kept_file(), kept_file(), kept_file()
    submit(files=(sent,))
    age(given_up, sent)

    assert forget_unlinked_files(actor=CLOCK) == 1
    assert file_ids() == {waiting, sent}
    assert forget_unlinked_files(actor=CLOCK) == 0


def test_more_files_than_one_transaction_takes_are_all_forgotten(app, monkeypatch):
    monkeypatch.setattr("portal.intake.drafting.AT_ONCE", 2)
    age(*(kept_file() for _ in range(5)))

    assert forget_unlinked_files(actor=CLOCK) == 5
    assert file_ids() == set()


def test_files_stay_as_long_as_a_draft_waits_with_them(app):
    file_id = kept_file()
    ticket, draft = Ticket.new(), Draft.new(now())
    told = draft.answer(draft.first_open, files=(file_id.hex,))
    keep_draft(ticket, told, actor=PUBLIC)
    age(file_id)

    keep_draft(ticket, told, actor=PUBLIC)

    assert forget_unlinked_files(actor=CLOCK) == 0
    assert file_ids() == {file_id}


def test_files_of_a_draft_are_gone_about_five_hours_after_its_last_step():
    entry = SCHEDULE["forget-unlinked-files"]

    assert entry.routine is forget_unlinked_files
    assert UNOWNED_AGE + entry.every <= timedelta(hours=5, minutes=10)


def test_a_draft_can_not_erase_what_a_report_has(app):
    file_id = kept_file()
    ticket, draft = Ticket.new(), Draft.new(now())
    keep_draft(ticket, draft.answer(draft.first_open, files=(file_id.hex,)), actor=PUBLIC)
    submit(files=(file_id,))

    delete_draft(ticket, actor=PUBLIC)

    assert file_ids() == {file_id}
    assert find_draft(db.session(), ticket) is None


def test_deleting_a_draft_that_is_not_there_is_no_error(app):
    delete_draft(Ticket.new(), actor=PUBLIC)


@pytest.mark.requirement("T58")
def test_a_draft_that_was_sent_keeps_its_token_and_nothing_else(app):
    ticket, draft = Ticket.new(), Draft.new(now())
    told = draft.answer(draft.first_open, narrative="Canary", name="Canary")
    keep_draft(ticket, told, actor=PUBLIC)

    close_draft(ticket, told, actor=PUBLIC)

    assert find_draft(db.session(), ticket) == Draft(draft.token, draft.started_at, sent=True)


def test_another_ticket_opens_no_draft(app):
    keep_draft(Ticket.new(), Draft.new(now()), actor=PUBLIC)

    assert find_draft(db.session(), Ticket.new()) is None
