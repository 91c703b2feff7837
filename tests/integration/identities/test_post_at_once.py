"""An address that is being kept and a pair of the post that is being replaced, at once."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from portal.custody.models import PostKey
from portal.custody.sealing import CustodianGroup
from portal.custody.service.members import renew_keys
from portal.custody.service.post import (
    OpenPost,
    address_in,
    find_open_post,
    open_post,
    seal_address,
)
from portal.custody.service.rewrapping import WrapAgain, wrap_everything_again
from portal.infra.database import db
from portal.infra.uow import unit_of_work
from portal.intake.addresses import address_place
from portal.intake.models import ReporterMail
from portal.kernel.actor import Actor
from tests.factories.custody import PASSPHRASE, holder
from tests.factories.intake import make_report
from tests.integration.identities.conftest import EMAIL
from tests.integration.rewards.test_payment_races import ready as ready  # noqa: PLC0414  # a fixture


@pytest.mark.skipif("TEST_DATABASE_URL" not in os.environ, reason="on SQLite one writes at a time")
@pytest.mark.requirement("U6")
def test_no_pair_of_the_post_is_taken_away_from_under_an_address_that_is_being_kept(ready):
    approver, report = holder(CustodianGroup.APPROVERS), make_report()
    place, report_id = address_place(report.id), report.id
    open_post(OpenPost(PASSPHRASE), actor=approver)
    renew_keys(actor=Actor.operator())
    db.session.remove()

    def replace_pair() -> int:
        with ready.app_context():
            try:
                return wrap_everything_again(WrapAgain(PASSPHRASE), actor=approver)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(1) as other:
        with unit_of_work(Actor.public()) as uow:
            sealed = seal_address(uow.session, EMAIL, place)
            replaced = other.submit(replace_pair)
            with pytest.raises(TimeoutError):
                replaced.result(timeout=0.5)
            kept = {"address": sealed.address, "key_id": sealed.key_id, "language": "en"}
            uow.insert(ReporterMail(report_id=report_id, kept_at=uow.now, **kept))
        assert replaced.result(timeout=30) == 1

    mail = db.session.get_one(ReporterMail, report_id)
    assert list(db.session.scalars(select(PostKey.id))) == [mail.key_id] == [2]
    with unit_of_work(Actor.public()) as uow:
        private = find_open_post(uow.session, uow.now)
    assert address_in(private, mail.address, place) == EMAIL
