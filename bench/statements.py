"""P12: `python -m bench.statements` counts the SQL statements of whole requests.

Run in the settings of an installation that has reports and the demonstration's staff.
"""

import json
import re

from flask.testing import FlaskClient
from sqlalchemy import event

from app import create_app
from bench.client import hidden_fields
from portal.accounts.service.demo import demo_code, demo_password
from portal.infra.database import db
from portal.kernel.actor import Actor

FORM, LIST = "/report/one-page", "/desk/reports"
RECORD = re.compile(r'href="(/desk/reports/S[BL]-[^"/?]+)"')
PLAIN = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")


def main() -> None:
    """Print the counts as JSON."""
    app = create_app()
    counted: list[str] = []
    with app.app_context():
        code = demo_code("clerk", actor=Actor.operator())
        password = demo_password()
        engine = db.engine
        db.session.remove()

    @event.listens_for(engine, "before_cursor_execute")
    def _count(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.startswith(PLAIN):
            counted.append(statement)

    public, clerk = app.test_client(), app.test_client()
    _submit(public)  # the first one also loads what is kept for all that follow
    _sign_in(clerk, password, code)
    record = _first_record(clerk)
    found = {}
    for name, act in (
        ("submission", lambda: _submit(public)),
        ("list", lambda: _get(clerk, LIST)),
        ("record", lambda: _get(clerk, record)),
    ):
        act()
        counted.clear()
        act()
        found[name] = len(counted)
    print(json.dumps(found))


def _get(client: FlaskClient, address: str) -> str:
    """A page; anything but the page itself would be counted for nothing."""
    answer = client.get(address)
    if answer.status_code != 200:  # noqa: PLR2004
        raise SystemExit(f"{address} was not shown: HTTP {answer.status_code}")
    return answer.text


def _first_record(clerk: FlaskClient) -> str:
    """The address of a report that the clerk may see."""
    found = RECORD.search(_get(clerk, LIST))
    if found is None:
        raise SystemExit(f"{LIST} shows no report")
    return found[1]


def _submit(client: FlaskClient) -> None:
    fields = hidden_fields(client.get(FORM).text) | {
        "category": "piracy.print",
        "narrative": "学院路一家书店出售盗版教材。",
        "contact_mode": "confidential",
        "name": "张三",
        "phone": "13800000000",
    }
    answer = client.post(FORM, data=fields)
    if answer.status_code != 303:  # noqa: PLR2004
        raise SystemExit(f"the form was not accepted: HTTP {answer.status_code}")


def _sign_in(client: FlaskClient, password: str, code: str) -> None:
    page = client.get("/desk/sign-in")
    fields = hidden_fields(page.text) | {"name": "clerk", "password": password}
    second = client.post("/desk/sign-in", data=fields, follow_redirects=True)
    fields = hidden_fields(second.text, 'name="code"') | {"code": code}
    client.post("/desk/sign-in/second", data=fields)


if __name__ == "__main__":
    main()
