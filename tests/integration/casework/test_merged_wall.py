"""Whoever must not know of a report reads nothing of it in the one it is worked on with."""

import pytest

from portal.casework.service.interests import StepAside, step_aside
from portal.casework.service.merging import MergeReports, merge_reports
from portal.infra.database import db
from portal.intake.queries import get_report
from portal.kernel.actor import Role
from portal.kernel.errors import NotFound
from tests.integration.casework.test_relation_pages import both  # noqa: F401  # a fixture


@pytest.mark.requirement("F13")
@pytest.mark.parametrize("before", [True, False])
def test_who_is_kept_from_one_report_is_kept_from_what_it_is_merged_with(desk, both, before):  # noqa: F811
    _, head = desk(Role.DEPARTMENT_HEAD)
    _, officer = desk(Role.CASE_OFFICER)
    first, second = (one.sent.reference for one in both)
    if before:
        step_aside(StepAside(second), actor=officer)
    merge_reports(MergeReports(first, second), actor=head)
    if not before:
        step_aside(StepAside(second), actor=officer)

    for reference in (first, second):
        with pytest.raises(NotFound):
            get_report(db.session(), reference, officer)
        assert get_report(db.session(), reference, head)
