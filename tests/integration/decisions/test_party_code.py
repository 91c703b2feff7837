"""The code of a party's page: shown once, kept as hashes, and no oracle for anybody."""

import pytest
from sqlalchemy import select

from portal.audit.models import AuditEvent
from portal.cases.service.filling import Strike, strike_party
from portal.decisions.models import PartyAccess
from portal.decisions.queries.parties import get_visited
from portal.decisions.service.access import (
    BY_LOCATOR,
    EnterAsParty,
    OpenPartyPage,
    enter_as_party,
    leave_party_page,
    open_party_page,
)
from portal.infra.database import db
from portal.infra.visits import Ticket
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, TooManyAttempts
from portal.kernel.reference import CROCKFORD, ReceiptCode, parse_receipt
from tests.factories.cases import make_case
from tests.factories.casework import make_officer
from tests.factories.decisions import ALLEGED, make_party, open_page

PUBLIC = Actor.public()


def enter(code, network="n"):
    return enter_as_party(EnterAsParty(code, network), actor=PUBLIC)


@pytest.fixture
def page(app):
    number = make_case()
    party = make_party(number)
    return number, party, open_page(number, party)


@pytest.mark.requirement("U37")
def test_the_code_opens_the_page_of_its_party_and_stands_nowhere(page):
    _number, party, code = page

    assert get_visited(db.session, enter(code.lower().replace("-", " "))) == party

    access = db.session.get_one(PartyAccess, party)
    kept = (access.locator_mac + access.verifier).hex() + str(
        [one.details for one in db.session.scalars(select(AuditEvent))]
    )
    parsed = parse_receipt(code)
    assert parsed.secret not in kept
    assert parsed.locator not in kept
    assert access.verifier[:1] == b"\x02"


@pytest.mark.requirement("U37")
def test_a_wrong_an_unknown_and_a_malformed_code_are_answered_the_same(page):
    right = parse_receipt(page[2])
    wrong = ReceiptCode(right.locator, right.secret[::-1]).text
    unknown = ReceiptCode(right.locator[::-1], right.secret).text

    for code in (wrong, unknown, "nothing", ""):
        with pytest.raises(NotFound) as refused:
            enter(code)
        assert str(refused.value) == str(NotFound("party"))


@pytest.mark.requirement("U37")
def test_guessing_one_code_is_held_up_even_from_many_networks(page):
    right = parse_receipt(page[2])
    others = [one for one in CROCKFORD if one != right.secret[-1]]
    for at, symbol in zip(range(BY_LOCATOR.limit), others, strict=False):
        with pytest.raises(NotFound):
            enter(ReceiptCode(right.locator, right.secret[:-1] + symbol).text, f"n{at}")

    with pytest.raises(TooManyAttempts):
        enter(right.text, "another")


def test_a_new_code_ends_the_old_one_and_its_visits(page):
    number, party, old = page
    ticket = enter(old)

    new = open_page(number, party)

    with pytest.raises(NotFound):
        get_visited(db.session, ticket)
    with pytest.raises(NotFound):
        enter(old)
    assert get_visited(db.session, enter(new)) == party


def test_a_page_that_was_left_and_that_of_a_party_struck_out_open_no_more(page):
    number, party, code = page
    left, other = enter(code), enter(code)
    leave_party_page(left, actor=PUBLIC)

    strike_party(Strike(number, party), actor=make_officer())

    for ticket in (left, other, Ticket.new()):
        with pytest.raises(NotFound):
            get_visited(db.session, ticket)
    with pytest.raises(NotFound):
        enter(code)


def test_a_page_is_opened_for_parties_of_the_case_only(page):
    other = make_case()

    with pytest.raises(NotFound):
        open_party_page(OpenPartyPage(other, page[1], ALLEGED), actor=make_officer())
    with pytest.raises(NotFound):
        open_party_page(
            OpenPartyPage(page[0], page[1], ALLEGED), actor=make_officer("CULTURE_ENF@320402")
        )
