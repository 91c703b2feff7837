"""What is filled in about plans of a year, campaigns and what is to be done."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.accounts.absences import Colleague
from portal.campaigns.models import CampaignPlan
from portal.campaigns.queries import find_unit, units_of
from portal.campaigns.service import (
    AddCampaign,
    GivePlanTask,
    MakePlan,
    NameAccountable,
    SettlePlanTask,
)
from portal.campaigns.states import PlanTaskAction
from portal.evidence.service import IncomingFile
from portal.intake.rules import local_date
from portal.jurisdiction.queries import current_place
from portal.web.forms import Choice, Day, Files, LongText, Pick, PortalForm, ShortText
from portal.web.labels import label

NAME_NOBODY = _l("Every desk of the territory reads it. Name nobody.")


class _Answered(PortalForm):
    """Something that somebody of the unit answers for."""

    accountable = Pick(_l("Who answers for it?"), required=_l("Choose who answers for it"))

    def offer(self, colleagues: Sequence[Colleague]) -> None:
        self.accountable.choices = [
            ("", _("Choose")),
            *((str(one.id), one.name) for one in colleagues),
        ]


class PlanForm(_Answered):
    """The plan of a year as it was adopted."""

    year = Pick(_l("Year"), required=_l("Choose the year"))
    files = Files(_l("The plan as it was adopted"), required=_l("Choose the file of the plan"))

    def offer(self, colleagues: Sequence[Colleague]) -> None:
        super().offer(colleagues)
        year = local_date(current_place(), datetime.now(UTC)).year
        self.year.choices = [(str(one), str(one)) for one in (year, year + 1)]

    def validate_files(self, field: Files) -> None:
        """A plan is one paper."""
        if len(field.data) > 1:
            raise StopValidation(_("Choose one file"))

    @property
    def uploads(self) -> tuple[IncomingFile, ...]:
        """The file as it came."""
        return tuple(IncomingFile(file.stream, file.filename) for file in self.files.data or ())

    def to_command(self, evidence_id: UUID) -> MakePlan:
        return MakePlan(int(self.year.data), evidence_id, UUID(self.accountable.data))


class CampaignForm(_Answered):
    """A campaign, from one day to another."""

    name = ShortText(
        _l("What is it called?"),
        required=_l("Enter the name of the campaign"),
        max_length=120,
        hint=NAME_NOBODY,
    )
    starts_on = Day(_l("First day"), required=_l("Enter the first day"))
    ends_on = Day(_l("Last day"), required=_l("Enter the last day"))

    def to_command(self, plan_id: UUID) -> AddCampaign:
        days = self.starts_on.data, self.ends_on.data
        return AddCampaign(plan_id, self.name.data, *days, UUID(self.accountable.data))


class PlanTaskForm(PortalForm):
    """What a unit has to do; units of the territory itself are offered, others are typed."""

    text = LongText(
        _l("What is to be done"),
        required=_l("Say what is to be done"),
        max_length=500,
        hint=NAME_NOBODY,
    )
    unit = Pick(_l("Unit"))
    other = ShortText(_l("Or another unit"), max_length=80, hint=_l("Its full name or its code"))
    due_on = Day(_l("By when?"), required=_l("Enter the day by which it is to be done"))

    def offer(self, plan: CampaignPlan, language: str) -> None:
        self._plan = plan
        offered = [(one.code, one.name.in_(language)) for one in units_of(plan)]
        self.unit.choices = [("", _("Choose")), *offered]

    def validate_unit(self, field: Pick) -> None:
        """One unit, from the list or typed."""
        if bool(field.data) == bool(self.other.data):
            raise StopValidation(_("Choose a unit from the list, or name another one"))

    def validate_other(self, field: ShortText) -> None:
        """What was typed has to be a unit of the territory."""
        if field.data and find_unit(self._plan, field.data) is None:
            raise StopValidation(_("No unit of the territory is called that: use its code"))

    def to_command(self, campaign_id: UUID) -> GivePlanTask:
        unit = self.unit.data or self.other.data
        return GivePlanTask(campaign_id, unit, self.due_on.data, self.text.data)


class SettleForm(PortalForm):
    """What came of a task; only whoever keeps the plan may drop one."""

    action = Choice(_l("What came of it?"), required=_l("Choose what came of it"))
    outcome = LongText(
        _l("In a few words"),
        required=_l("Say in a few words what came of it"),
        max_length=500,
        hint=NAME_NOBODY,
    )

    def offer(self, *, may_drop: bool) -> None:
        offered = PlanTaskAction if may_drop else (PlanTaskAction.FINISH,)
        self.action.choices = [(one.value, label(one)) for one in offered]

    def to_command(self, task_id: UUID) -> SettlePlanTask:
        return SettlePlanTask(task_id, PlanTaskAction(self.action.data), self.outcome.data)


class AccountableForm(_Answered):
    """Who answers for it from now on."""

    def to_command(self, plan_id: UUID, campaign_id: UUID | None) -> NameAccountable:
        return NameAccountable(plan_id, UUID(self.accountable.data), campaign_id)
