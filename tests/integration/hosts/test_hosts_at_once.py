"""Several at once: a domain comes to be one host's."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from portal.hosts.models import HostContact
from portal.hosts.service.contacts import AddContact, add_contact
from portal.infra.database import db
from portal.kernel.errors import PortalError
from tests.factories.casework import make_head

PEOPLE = 4


@pytest.mark.requirement("C20")
def test_of_several_hosts_that_claim_one_domain_at_once_one_has_it(office):
    start = Barrier(PEOPLE)

    def claim(number):
        own = f"cdn{number}.example"
        names = (own, "pirate.example") if number % 2 else ("pirate.example", own)
        with office.app_context():
            start.wait(timeout=60)
            try:
                order = AddContact(f"平台{number}", "abuse@a.example", "en", names)
                add_contact(order, actor=heads[number])
            except PortalError as refusal:
                return refusal.code
            finally:
                db.session.remove()
            return "added"

    with office.app_context():
        heads = [make_head() for _one in range(PEOPLE)]
        db.session.remove()

    with ThreadPoolExecutor(PEOPLE) as pool:
        done = Counter(pool.map(claim, range(PEOPLE)))

    assert done == {"added": 1, "domain-of-another": PEOPLE - 1}
    with office.app_context():
        assert db.session.scalar(select(func.count()).select_from(HostContact)) == 1
        db.session.remove()
