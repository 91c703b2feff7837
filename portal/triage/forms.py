"""What a person fills in to route a report."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.intake.models import Report
from portal.jurisdiction.place import Department, Place
from portal.triage.rules.conflict import is_named
from portal.triage.service import RouteReport
from portal.web.forms import LongText, Pick, ShortText, VersionedForm

LONGEST_REASON = 500


class RouteForm(VersionedForm):
    """Which unit, and why; units near the report are offered, any other can be typed."""

    department = Pick(_l("Unit"), hint=_l("Units of the place and of those above it"))
    other = ShortText(_l("Or another unit"), max_length=80, hint=_l("Its full name or its code"))
    category = Pick(_l("Category, if it is not right"))
    reason = LongText(
        _l("Why this unit?"),
        required=_l("Say why this unit"),
        max_length=LONGEST_REASON,
        hint=_l("The unit reads this; the reporter does not."),
    )

    def offer(self, place: Place, report: Report, language: str) -> "RouteForm":
        """Offer the units near the report, and the categories of the place."""
        self._place, self._version = place, report.version
        near = units_near(place, report)
        self.department.choices = [
            ("", _("Choose")),
            *((u.code, u.name.in_(language)) for u in near),
        ]
        codes = [(code, one.name.in_(language)) for code, one in place.categories.items()]
        self.category.choices = [("", _("Leave as it is")), *codes]
        return self

    def begin(self, report: Report, category: str | None) -> None:
        """What the page shows: the version it was read in, and a category if one is sure."""
        self.see(report.version)
        if not self.is_submitted():
            self.category.data = category if category != report.category else None

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401  # as WTForms has it
        """One unit has to be named, and one only.

        Of a report that has moved on meanwhile nothing is to be mended here: the service says so.
        """
        fine = bool(super().validate(extra_validators))
        if self.seen_version != self._version and not self.form_errors:
            return True
        if bool(self.department.data) != bool(self.other.data):
            return fine
        problem = _("Choose a unit from the list, or name another one")
        self.department.errors = [*self.department.errors, problem]
        return False

    def validate_other(self, field: ShortText) -> None:
        """What was typed has to be a unit."""
        if field.data and self._typed is None:
            raise StopValidation(_("No unit is called that, or several are: use its code"))

    @property
    def _typed(self) -> str | None:
        typed = self.other.data or ""
        if typed in self._place.departments:
            return str(typed)
        units = self._place.departments.values()
        found = [unit.code for unit in units if typed in (unit.name.zh, unit.name.en)]
        return found[0] if len(found) == 1 else None

    def to_command(self, reference: str) -> RouteReport:
        """The order for the service."""
        return RouteReport(
            reference,
            self.department.data or self._typed or "",
            self.reason.data,
            self.category.data or None,
            self.seen_version,
        )


def units_near(place: Place, report: Report) -> list[Department]:
    """The units of the report's region and of those above it, the nearest first.

    Left out are the one that has it and those that the report names.
    """
    above = [step.code for step in reversed(place.lineage(report.region))] if report.region else []
    order = {code: number for number, code in enumerate([*above, place.root])}
    near = [
        unit
        for unit in place.departments.values()
        if unit.region in order
        and unit.code != report.department_code
        and not is_named(place, report.excluded_units, report.region, unit)
    ]
    return sorted(near, key=lambda unit: (order[unit.region], unit.code))
