"""Forms of the operator's pages."""

from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm

from portal.operations.tasks import SettleTask, TaskAct, TaskReason
from portal.operations.trail import TrailQuestion
from portal.web.forms import Choice, Pick, PortalForm, ShortText
from portal.web.labels import choices


class TaskForm(PortalForm):
    act = Choice(
        _l("What is to be done with it?"),
        choices=lambda: choices(TaskAct),
        required=_l("Choose what is to be done"),
    )
    reason = Pick(
        _l("Reason"),
        hint=_l("Needed unless it is tried again. It goes on the trail."),
        choices=lambda: [("", gettext("It is tried again: no reason")), *choices(TaskReason)],
    )

    def validate(self, extra_validators: object = None) -> bool:
        """Ask for a reason where it is not tried again."""
        good: bool = super().validate(extra_validators)
        if good and self.act.data != TaskAct.RETRY and not self.reason.data:
            self.reason.errors = [gettext("Give a reason")]
            return False
        return good

    def to_command(self, task_id: UUID) -> SettleTask:
        """The order for the service."""
        reason = TaskReason(self.reason.data) if self.reason.data else None
        return SettleTask(task_id, TaskAct(self.act.data), reason)


class TrailForm(PortalForm):
    """The filter of the trail; it travels in the address, which names accounts by id only."""

    class Meta(FlaskForm.Meta):
        csrf = False

    action = ShortText(
        _l("Action begins with"), hint=_l("For example report. or identity.open"), max_length=60
    )
    actor = Pick(_l("Who"), choices=[])
    reference = ShortText(_l("Reference of the report"), max_length=40)

    def to_question(self) -> TrailQuestion:
        """What is looked for."""
        actor_id = UUID(self.actor.data) if self.actor.data else None
        return TrailQuestion(self.action.data or "", actor_id, self.reference.data or "")
