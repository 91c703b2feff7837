"""When an address is called no more by itself, and when not."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portal.infra.database import db
from portal.kernel.errors import NotPermitted
from portal.rights_holders.queries.webhooks import get_message, get_webhook
from portal.rights_holders.rules.people import MemberRole
from portal.rights_holders.rules.webhooks import WebhookEnd
from portal.rights_holders.service import webhooks as service
from portal.rights_holders.service.news import spread_news
from portal.rights_holders.service.people import (
    AddPerson,
    add_person,
    answer_invitation,
    end_membership,
)
from tests.factories.rights_holders import make_outsider, member_of, outsider
from tests.integration.rights_holders.test_webhooks import (
    CLOCK,
    _any_port,
    begin,
    file_one,
    organisation,
    own_webhook,
    person,
    run,
    server,
)

__all__ = ["_any_port", "organisation", "person", "server"]


def test_nobody_is_called_in_the_name_of_an_owner_who_has_left(server, organisation, person):
    site, network = server
    receiver, number = begin(site, organisation, person), organisation.number
    other = make_outsider()
    add_person(AddPerson(number, MemberRole.OWNER, sign_in_name=other.name), actor=outsider(person))
    submitter = make_outsider()
    add_person(
        AddPerson(number, MemberRole.SUBMITTER, sign_in_name=submitter.name), actor=outsider(person)
    )
    for one in (other, submitter):
        answer_invitation(member_of(organisation, one).id, accepted=True, actor=outsider(one))
    with pytest.raises(NotPermitted):
        service.rotate_secret(number, 1, actor=outsider(submitter))
    file_one(organisation, person)
    spread_news(actor=CLOCK)
    end_membership(number, member_of(organisation, person).id, actor=outsider(other))
    run(network)
    assert (receiver.tries, own_webhook().disabled_for) == ([], WebhookEnd.OWNER_LEFT)

    service.enable_webhook(number, 1, actor=outsider(other))
    run(network)

    assert len(receiver.done) == 1
    assert get_webhook(db.session(), number, 1, outsider(other)).made_by == other.display_name


def test_an_address_that_failed_weeks_ago_and_is_down_for_an_hour_is_called_again(
    server, organisation, person
):
    site, network = server
    receiver = begin(site, organisation, person)
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        receiver.status = 500
        file_one(organisation, person, url="https://pirate.example/first")
        spread_news(actor=CLOCK)
        for _hours in range(15):
            run(network)
            clock.shift(timedelta(hours=2))
        actor = outsider(person)
        assert get_message(db.session(), organisation.number, 1, 1, actor).given_up_at is not None
        clock.shift(timedelta(days=20))
        receiver.status = 503
        file_one(organisation, person, url="https://pirate.example/second")
        spread_news(actor=CLOCK)
        run(network)
        clock.shift(timedelta(hours=1))
        receiver.status = 204
        run(network)
        assert own_webhook().failing_since is None
