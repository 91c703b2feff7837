"""A name on the net is proved by a file on it, for a while, and by nothing else."""

from datetime import timedelta

import pytest

from portal.evidence.service import keep_files
from portal.infra.database import db
from portal.infra.tasks import Task, TaskKind
from portal.kernel.actor import Actor
from portal.kernel.errors import NotFound, RuleBroken
from portal.rights_holders.models import OrganisationDomain
from portal.rights_holders.queries.desk import get_organisation
from portal.rights_holders.queries.domains import list_domains
from portal.rights_holders.queries.own import today
from portal.rights_holders.rules.domains import (
    PROVED_FOR,
    DomainFailure,
    judge,
    normal_domain,
    path_of,
)
from portal.rights_holders.service.domains import (
    add_domain,
    ask_look,
    look_at_domains,
    look_for_file,
    remove_domain,
)
from portal.rights_holders.service.organisations import (
    RefuseOrganisation,
    hand_in_again,
    refuse_organisation,
    say_seat,
    verify_organisation,
)
from portal.rights_holders.states import OrganisationReason
from tests.factories.accounts import enter_desk
from tests.factories.casework import make_head
from tests.factories.rights_holders import (
    make_organisation,
    make_outsider,
    outsider,
    some_file,
    verifier,
)
from tests.factories.servers import make_certificate, network_of, serving
from tests.pages import Pages

CLOCK = Actor.system("clock")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://Example.COM/", "example.com"),
        ("例子.中国", "xn--fsqu00a.xn--fiqs8s"),
        *((bad, None) for bad in ("", "localhost", "a b.com", "10.0.0.1", "x.com/path", "-a.com")),
    ],
)
def test_a_name_is_a_plain_name(typed, kept):
    assert normal_domain(typed) == kept


def test_what_lies_elsewhere_is_missing_or_says_something_else_shows_nothing():
    here = ["https://a.example/x"]
    assert judge("a.example", "word", here, 200, " word\n") is None
    assert judge("a.example", "word", here, 404, "word") is DomainFailure.NO_FILE
    assert judge("a.example", "word", here, 200, "words") is DomainFailure.OTHER_WORDS
    led = [*here, "https://evil.example/x"]
    assert judge("a.example", "word", led, 200, "word") is DomainFailure.LED_ELSEWHERE

    for unsafe in (["http://a.example/x"], [*here, "http://a.example/x"]):
        assert judge("a.example", "word", unsafe, 200, "word") is DomainFailure.LED_ELSEWHERE


def test_a_name_is_taken_out_by_its_own_people_and_a_seat_is_said_once(app):
    owner, stranger = make_outsider(), make_outsider()
    organisation, actor = make_organisation(owner), outsider(owner)
    number, theirs = organisation.number, make_organisation(stranger, name="他社").number
    add_domain(number, "mistyped.example", actor=actor)
    [line] = list_domains(db.session(), organisation.id)
    for of, who in ((theirs, outsider(stranger)), (number, outsider(stranger))):
        with pytest.raises(NotFound):
            remove_domain(of, line.id, actor=who)
    browser = Pages(app)
    enter_desk(browser, owner)
    page = browser.get(f"/rights-holders/{number}/domains")
    own = f"/rights-holders/{number}/domains/{line.id}/remove"
    assert own in page.links()
    browser.post(browser.get(own), form=f"form[action='{own}']")
    assert list_domains(db.session(), organisation.id) == []

    place = f"/rights-holders/{number}/seat"
    assert place in browser.get(f"/rights-holders/{number}").links()
    page = browser.get(place)
    assert browser.post(page, {"region": "无此地"}).status == 422
    assert place not in browser.post(page, {"region": "320412"}).links()
    with pytest.raises(RuleBroken, match="seat-is-said"):
        say_seat(number, "110101", actor=actor)
    again = browser.get(place)
    assert (again.status, again.find("input[name=region]")) == (422, [])
    assert get_organisation(db.session(), number, make_head()).region == "320412"


def test_who_was_refused_chooses_no_other_office_by_naming_a_seat(app):
    owner = make_outsider()
    number, actor = make_organisation(owner, verified=False).number, outsider(owner)
    order = RefuseOrganisation(number, OrganisationReason.NO_PROOF, "没有证明。")
    refuse_organisation(order, actor=verifier())
    browser = Pages(app)
    enter_desk(browser, owner)
    for _again in range(2):
        assert (
            f"/rights-holders/{number}/seat" not in browser.get(f"/rights-holders/{number}").links()
        )
        with pytest.raises(RuleBroken, match="seat-after-refusal"):
            say_seat(number, "320412", actor=actor)
        file = keep_files([some_file()], actor=Actor.public())
        hand_in_again(number, tuple(file), actor=actor)

    verify_organisation(number, actor=verifier())
    say_seat(number, "320412", actor=actor)

    assert get_organisation(db.session(), number, make_head()).region == "320412"


def test_the_file_proves_a_name_until_its_day_and_is_looked_for_again(app, tmp_path):
    owner = make_outsider()
    organisation, actor = make_organisation(owner), outsider(owner)
    add_domain(organisation.number, "pirate.example", actor=actor)
    with pytest.raises(RuleBroken, match="domain-not-added"):
        add_domain(organisation.number, "pirate.example", actor=actor)
    [line] = list_domains(db.session(), organisation.id)
    with pytest.raises(NotFound):
        ask_look(organisation.number, organisation.id, actor=actor)
    ask_look(organisation.number, line.id, actor=actor)
    assert db.session.query(Task).filter_by(kind=TaskKind.LOOK_AT_DOMAIN).count() == 1

    def answer(path):
        right = path == path_of(line.token)
        return (200 if right else 404), {"Content-Type": "text/plain"}, line.token.encode()

    def now():
        db.session.expire_all()
        return list_domains(db.session(), organisation.id)[0]

    files = make_certificate(tmp_path)
    with serving(answer, certificate=files) as site:
        where = lambda _domain, path: site.at(path).replace("http:", "https:")  # noqa: E731
        net = network_of(site, trust=files[0])
        look_for_file(net, line.id, actor=CLOCK, where=where)
        assert (now().proved, now().proved_until) == (True, today() + PROVED_FOR)
        assert look_at_domains(actor=CLOCK) == 0
        row = db.session.get_one(OrganisationDomain, line.id)
        row.token, row.proved_until = "another", today() + timedelta(days=3)
        db.session.commit()
        assert look_at_domains(actor=CLOCK) == 1
        look_for_file(net, line.id, actor=CLOCK, where=where)
    assert (now().failure, now().proved) == (DomainFailure.NO_FILE, True)
    row = db.session.get_one(OrganisationDomain, line.id)
    row.proved_until = today() - timedelta(days=1)
    db.session.commit()
    assert not now().proved
