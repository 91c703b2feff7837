"""`sunline place versions` says what the page says, without a name."""

from datetime import UTC, datetime, timedelta

import pytest

from portal.administration.versions import list_summaries
from portal.infra.database import db
from portal.jurisdiction.changing import ProposeChange, newest_place, propose_change
from portal.jurisdiction.parts import PARTS, find_row
from portal.jurisdiction.publishing import (
    PublishChanges,
    WithdrawVersion,
    publish_changes,
    withdraw_version,
)
from portal.kernel.actor import Role
from tests.factories.casework import make_actor
from tests.integration.counting import counted

pytestmark = pytest.mark.usefixtures("app")
WHY = "Decided by the office\non Monday"
WUJIN = "CULTURE_ENF@320412"


def rename(name, starts_at=None):
    admin, base = make_actor(Role.ADMINISTRATOR), newest_place(db.session())
    row = find_row(base, PARTS["departments"], WUJIN)
    propose_change(ProposeChange("departments", ({**row, "name": name},)), actor=admin)
    return publish_changes(PublishChanges(WHY, base.version, starts_at), actor=admin)


def lines(app, *options):
    result = app.test_cli_runner().invoke(args=["place", "versions", *options])
    assert result.exit_code == 0, result.output
    return [line.split("\t") for line in result.output.splitlines()]


def test_a_version_is_a_line_with_start_state_roles_rows_and_reason(app):
    before = len(lines(app))
    version = rename("武进执法")

    newest, *rest = lines(app)

    assert len(rest) == before
    assert (newest[0], newest[2:]) == (
        str(version),
        ["started", "administrator", "+1 -1", "Decided by the office on Monday"],
    )
    assert datetime.fromisoformat(newest[1]) <= datetime.now(UTC)
    assert rest[-1][2:4] == ["started", "operator"]
    assert rest[-1][-1] == "a pack was loaded"


def test_a_planned_version_is_planned_and_then_withdrawn_without_rows(app):
    version = rename("武进执法", datetime.now(UTC) + timedelta(days=2))
    assert lines(app, "--most", "1")[0][2] == "planned"

    withdraw_version(WithdrawVersion(version), actor=make_actor(Role.ADMINISTRATOR))

    assert lines(app, "--most", "1")[0][2:5] == ["withdrawn", "administrator", "+0 -0"]


def test_many_versions_take_as_many_statements_as_few(app):
    def statements(most):
        with counted() as seen:
            assert list(list_summaries(db.session(), most))
        return len(seen)

    rename("武进执法一")
    rename("武进执法二")

    assert statements(3) == statements(1) == 4
