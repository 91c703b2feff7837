"""What staff fill in about a lead: one form for each act."""

from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.casework.forms import LONGEST_REASON, LONGEST_TEXT, ActForm
from portal.casework.service.leads import (
    FollowLead,
    FollowReport,
    ReportLead,
    ReturnLead,
    RouteLead,
    TakeLead,
)
from portal.casework.states import Finding
from portal.jurisdiction.place import Department, Place
from portal.jurisdiction.queries import search_regions
from portal.web.forms import Choice, LongText, Pick, ShortText
from portal.web.labels import choices


class TakeLeadForm(ActForm):
    """Taking a lead asks nothing."""

    def to_command(self, lead_id: UUID) -> TakeLead:
        return TakeLead(lead_id, self.seen_version)


class ReportLeadForm(ActForm):
    """What looking into a lead has found."""

    finding = Choice(_l("What was found?"), required=_l("Choose what was found"))
    summary = LongText(
        _l("What was seen"),
        required=_l("Say in a few sentences what was seen"),
        max_length=LONGEST_TEXT,
        hint=_l("The leading unit reads this; the reporter does not."),
    )

    def offer(self, _place: Place, _language: str) -> None:
        self.finding.choices = choices(Finding)

    def to_command(self, lead_id: UUID) -> ReportLead:
        found = Finding(self.finding.data)
        return ReportLead(lead_id, found, self.summary.data, self.seen_version)


class ReturnLeadForm(ActForm):
    """Why a lead is not this unit's."""

    reason = LongText(
        _l("Whose is it, and why?"),
        required=_l("Say whose it is and why"),
        max_length=LONGEST_REASON,
        hint=_l("The leading unit reads this; the reporter does not."),
    )

    def to_command(self, lead_id: UUID) -> ReturnLead:
        return ReturnLead(lead_id, self.reason.data, self.seen_version)


class ElsewhereForm(ActForm):
    """The place a lead goes to, the kind of unit there, and what it is asked."""

    region = ShortText(
        _l("Where?"), required=_l("Say where"), max_length=80, hint=_l("Name or code of the region")
    )
    kind = Pick(_l("Which kind of unit?"), required=_l("Choose the kind of unit"))
    asked = LongText(
        _l("What do you ask of it?"),
        required=_l("Say what you ask of it"),
        max_length=LONGEST_REASON,
        hint=_l("Write nothing that could tell who the reporter is."),
    )

    def offer(self, place: Place, language: str) -> None:
        """Offer the kinds of unit of the office; to a body outside it a matter is passed on."""
        self._place = place
        kinds = place.department_kinds.values()
        self.kind.choices = [
            ("", _("Choose")),
            *((one.kind, one.name.in_(language)) for one in kinds if not one.outside),
        ]

    def validate_region(self, field: ShortText) -> None:
        """A name that two regions share is no answer."""
        if field.data and self._code is None:
            raise StopValidation(_("No region is called that, or several are: use its code"))

    def validate_kind(self, field: Pick) -> None:
        """Somebody must be there."""
        if field.data and self._code is not None and self.unit is None:
            raise StopValidation(_("There is no such unit for that place"))

    @property
    def _code(self) -> str | None:
        typed = self.region.data or ""
        if typed in self._place.regions:
            return str(typed)
        regions = self._place.regions
        found = [
            match.code
            for match in search_regions(self._place, typed)
            if typed in (match.path.zh, match.path.en)
            or typed in (regions[match.code].name.zh, regions[match.code].name.en)
        ]
        return found[0] if len(found) == 1 else None

    @property
    def unit(self) -> Department | None:
        """The unit of that kind that answers for the place; none while either is unclear."""
        if self._code is None or not self.kind.data:
            return None
        return self._place.department_for(self.kind.data, self._code)

    def _where(self) -> tuple[str, str, str, int]:
        unit = self.unit.code if self.unit else ""
        return self._code or "", unit, self.asked.data, self.seen_version


class FollowForm(ElsewhereForm):
    """Where a report is followed to."""

    def to_command(self, reference: str) -> FollowReport:
        return FollowReport(reference, *self._where())


class FollowLeadForm(ElsewhereForm):
    """Where a lead is followed to."""

    def to_command(self, lead_id: UUID) -> FollowLead:
        return FollowLead(lead_id, *self._where())


class RouteLeadForm(ElsewhereForm):
    """Where a lead that came back is sent to."""

    def to_command(self, lead_id: UUID) -> RouteLead:
        return RouteLead(lead_id, *self._where())
