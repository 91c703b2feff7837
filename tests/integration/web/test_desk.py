"""The desk shows people what they may go to, and who they are."""

from uuid import UUID

import pytest
from flask import Blueprint, render_template_string
from flask_babel import lazy_gettext as _l
from flask_login import UserMixin

from portal.access.permissions import Permission
from portal.kernel.actor import Actor, ActorKind, Role
from portal.kernel.errors import MoveRefused, RuleBroken
from portal.web.navigation import offer_on_desk
from tests.pages import Pages

PAGE = (
    '{% extends "layouts/desk.html" %}{% block title %}Queue{% endblock %}'
    "{% block content %}<p>rows</p>{% endblock %}"
)


class Officer(UserMixin):
    def __init__(self, role: Role) -> None:
        self.actor = Actor(
            ActorKind.STAFF, id=UUID(int=1), roles=frozenset({role}), name="Wang\u202e <b>"
        )


def refuse(number: int, name: str) -> str:
    raise {"rule": RuleBroken("own-trouble"), "move": MoveRefused("move-refused")}[name]


@pytest.fixture
def desk(site):
    blueprint = Blueprint("desk", __name__)
    accounts = Blueprint("accounts", __name__)
    blueprint.add_url_rule("/desk/queue", "queue", lambda: render_template_string(PAGE))
    blueprint.add_url_rule("/desk/health", "health", lambda: render_template_string(PAGE))
    accounts.add_url_rule("/desk/sign-out", "sign_out", lambda: "", methods=["POST"])
    blueprint.add_url_rule("/desk/queue/<int:number>/files/<name>", "act", refuse)
    offer_on_desk(blueprint, "health", _l("Warning"), Permission.READ_HEALTH, order=90)
    offer_on_desk(blueprint, "queue", _l("Language"), Permission.READ_REPORTS, order=10)
    site.register_blueprint(blueprint)
    site.register_blueprint(accounts)

    def signed_in(role: Role) -> Pages:
        site.login_manager.request_loader(lambda _request: Officer(role))
        return Pages(site, "en")

    return signed_in


@pytest.mark.parametrize(
    ("role", "shown"),
    [
        (Role.CASE_OFFICER, ["Language"]),
        (Role.ADMINISTRATOR, ["Warning"]),
        (Role.FINANCE, []),
    ],
)
def test_the_navigation_offers_what_the_role_allows(desk, role, shown):
    page = desk(role).get("/desk/queue")

    assert [link.text for link in page.find(".moj-side-navigation a")] == shown


def test_the_page_one_is_on_is_marked(desk):
    page = desk(Role.CASE_OFFICER).get("/desk/queue")

    assert page.one(".moj-side-navigation a[aria-current=page]").text == "Language"


def test_who_is_signed_in_is_named_with_role_and_can_sign_out(desk):
    page = desk(Role.CASE_OFFICER).get("/desk/queue")

    assert page.text(".sl-header__who") == "Signed in as Wang⟦RLO⟧ <b> (Case officer)"
    assert page.one(".sl-header__out")["action"] == "/desk/sign-out"


@pytest.mark.parametrize(("name", "status"), [("rule", 422), ("move", 409)])
def test_a_rule_that_refuses_answers_on_the_desk_with_the_way_back(desk, name, status):
    page = desk(Role.CASE_OFFICER).get(f"/desk/queue/7/files/{name}")

    assert (page.status, page.text("h1") != "") == (status, True)
    assert page.has(".moj-side-navigation")
    assert page.one("main a")["href"] == "/desk/queue"
    assert "stands against it" not in page.text()


def test_whoever_is_not_signed_in_sees_nothing_of_the_desk(desk, site):
    desk(Role.CASE_OFFICER)
    site.login_manager.request_loader(lambda _request: None)

    page = Pages(site, "en").get("/desk/queue/7/files/rule")

    assert page.status == 422
    assert not page.has(".sl-header--desk")
