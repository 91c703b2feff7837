"""Every address says who may use it, none vanishes unnoticed, and none changes anything by GET."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound
from werkzeug.routing import IntegerConverter, Rule

from app import create_app
from portal.access.permissions import Permission
from portal.infra import keys as key_file
from portal.infra.config import settings

LIST = Path(__file__).with_name("routes.txt")
NOT_OURS = {"static"}
# For machines that show a key in each request: no cookie counts there (ADR 0051, ADR 0052).
BY_KEY = {"partners.post_request", "partners.post_xarf"}


@pytest.fixture(scope="module")
def app() -> Flask:
    """The application as it stands, without a database: none of this needs one."""
    settings().var.mkdir(parents=True, exist_ok=True)
    if not (settings().keys_dir / key_file.FILE_NAME).exists():
        key_file.create(settings().keys_dir)
    return create_app()


def rules(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if rule.endpoint not in NOT_OURS)


def by_key(rule: Rule) -> bool:
    return rule.endpoint in BY_KEY or rule.endpoint.startswith("api.")


def lines(app: Flask) -> list[str]:
    """Each address with its methods, its endpoint and who may use it."""
    found = []
    for rule in rules(app):
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        access = getattr(app.view_functions[rule.endpoint], "access", "NOT SAID")
        found.append(f"{rule.rule}\t{methods}\t{rule.endpoint}\t{access}")
    return sorted(found)


def address_of(rule: Rule) -> str:
    """Some address that the rule takes."""
    address = rule.rule
    for name, converter in rule._converters.items():  # noqa: SLF001  # there is no other way to it
        items = getattr(converter, "items", None)
        number = isinstance(converter, IntegerConverter)
        value = min(items) if items else "1" if number else str(UUID(int=0))
        address = re.sub(rf"<[^<>]*\b{name}>", value, address)
    return address


def test_every_endpoint_says_who_may_use_it(app):
    silent = [
        rule.endpoint
        for rule in rules(app)
        if getattr(app.view_functions[rule.endpoint], "access", None) not in {"public", *Permission}
    ]

    assert silent == []


def test_no_address_vanishes_or_appears_unnoticed(app):
    """When it was meant: `python -m tests.architecture.test_endpoints`."""
    assert lines(app) == LIST.read_text().splitlines()


def test_no_address_that_changes_something_takes_a_post_without_its_token(app):
    """A POST with no token is refused before the view runs, whoever sends it.

    But for views that give the form back (`portal.web.returned`): those run without a valid form,
    and tests/integration/hostile/test_tokens.py sees that they change nothing.
    """
    client = app.test_client()
    open_to_all = []
    for rule in rules(app):
        if "POST" not in (rule.methods or set()) or by_key(rule):
            continue
        answer = client.post(address_of(rule), data={"anything": "1"})
        gives_back = hasattr(app.view_functions[rule.endpoint], "typed")
        if answer.status_code not in ({303, 400, 404, 503} if gives_back else {400}):
            open_to_all.append((rule.endpoint, answer.status_code))

    assert open_to_all == []


if __name__ == "__main__":
    LIST.write_text("\n".join(lines(create_app())) + "\n")


def test_a_number_in_an_address_is_one_that_a_column_holds(app):
    """A larger one breaks the database driver instead of leading nowhere."""
    numbers = [
        (rule.rule, one.max)
        for rule in app.url_map.iter_rules()
        for one in rule._converters.values()  # noqa: SLF001  # werkzeug shows them nowhere else
        if isinstance(one, IntegerConverter)
    ]

    assert len(numbers) > 20
    assert [rule for rule, most in numbers if most is None or most > 2**31 - 1] == []
    with pytest.raises(NotFound):
        app.url_map.bind("x").match(f"/desk/cases/X/counter-notices/{10**25}/decide")
