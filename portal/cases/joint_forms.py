"""What is filled in about joint work on a case."""

from datetime import date
from uuid import UUID

from flask_babel import lazy_gettext as _l

from portal.cases.service.joint import AddMember, EndMembership, FinishMemberTask, GiveMemberTask
from portal.casework.forms import LONGEST_REASON, LONGEST_TEXT, ActForm
from portal.casework.lead_forms import ElsewhereForm
from portal.web.forms import Day, LongText


class MemberForm(ElsewhereForm):
    """Which unit takes part; `asked` is its part."""

    shared = LongText(
        _l("What does it need to know?"),
        required=_l("Say what it needs to know"),
        max_length=LONGEST_TEXT,
        hint=_l("It reads this and nothing else of the case. Write nothing about who reported it."),
    )
    ends_on = Day(_l("Until which day?"), required=_l("Enter the day until which it takes part"))

    def to_order(self, number: str) -> AddMember:
        _region, unit, mandate, seen = self._where()
        ends_on: date = self.ends_on.data
        return AddMember(number, unit, mandate, self.shared.data, ends_on, seen)


class EndMemberForm(ActForm):
    """Ending a part asks nothing."""

    def to_command(self, number: str, member: UUID) -> EndMembership:
        return EndMembership(number, member, self.seen_version)


class MemberTaskForm(ActForm):
    """What a member is to do by a day."""

    text = LongText(_l("What is to be done"), required=_l("Say what is to be done"), max_length=500)
    due_on = Day(_l("By which day"), required=_l("Enter the day by which it is done"))

    def to_command(self, number: str, member: UUID) -> GiveMemberTask:
        return GiveMemberTask(number, member, self.due_on.data, self.text.data, self.seen_version)


class MemberResultForm(ActForm):
    """What came of a task of a member."""

    result = LongText(
        _l("What came of it?"),
        required=_l("Say what came of it"),
        max_length=LONGEST_REASON,
        hint=_l("The leading unit reads this; the reporter does not."),
    )

    def to_command(self, member: UUID, task: UUID) -> FinishMemberTask:
        return FinishMemberTask(member, task, self.result.data)
