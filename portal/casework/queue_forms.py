"""What staff fill in to share out the work of a unit."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField
from wtforms.validators import StopValidation

from portal.casework.filter_forms import unit_code
from portal.casework.forms import LONGEST_REASON, LONGEST_TEXT, ActForm, Options
from portal.casework.queries.bulk import MOST_AT_ONCE, Picked
from portal.casework.service.bulk import StartBulk
from portal.casework.service.holding import ClaimReport, HandOverReport, ReleaseReport
from portal.casework.states import BulkAct
from portal.jurisdiction.place import Place, ReasonKind
from portal.kernel.reference import normalise_reference
from portal.web.forms import LongText, Pick, PortalForm, ShortText, read_version


class ClaimForm(ActForm):
    """Taking a report off the heap asks nothing."""

    def to_command(self, reference: str) -> ClaimReport:
        return ClaimReport(reference, self.seen_version)


class ReleaseForm(ActForm):
    """Putting it back asks nothing either."""

    def to_command(self, reference: str) -> ReleaseReport:
        return ReleaseReport(reference, self.seen_version)


class HandOverForm(ActForm):
    """Which colleague is to have a report, and why."""

    officer = Pick(_l("Officer"), required=_l("Choose an officer"))
    reason = LongText(
        _l("Why is it handed over?"),
        required=_l("Say why it is handed over"),
        max_length=LONGEST_REASON,
        hint=_l("A note of the file: colleagues read it, the reporter does not."),
    )

    def to_command(self, reference: str) -> HandOverReport:
        return HandOverReport(
            reference, UUID(self.officer.data), self.reason.data, self.seen_version
        )


class BulkForm(PortalForm):
    """An act on many reports: which run it is, which reports, and what the act asks for."""

    act_of_run = BulkAct.CLAIM

    act = HiddenField()
    run = HiddenField()
    picked = HiddenField()

    def offer(self, place: Place, language: str, officers: Options) -> None:
        """Fill the lists to choose from, where the act has any."""

    def validate_run(self, field: HiddenField) -> None:
        """The id of the run came with the page."""
        if read_id(field.data) is None:
            raise StopValidation(_("Go back to the list and pick the reports again"))

    @property
    def answers(self) -> dict[str, str]:
        """What the act asks for, by field."""
        own = {"act", "run", "picked", "csrf_token"}
        return {field.name: field.data or "" for field in self if field.name not in own}

    def to_command(self) -> StartBulk:
        """The order, for the reports that stood on the page."""
        run = read_id(self.run.data) or UUID(int=0)
        return StartBulk(run, self.act_of_run, read_picked([self.picked.data or ""]), self.answers)


class BulkReleaseForm(BulkForm):
    act_of_run = BulkAct.RELEASE


class BulkAssignForm(BulkForm):
    """Which officer is to have the reports."""

    act_of_run = BulkAct.ASSIGN

    officer = Pick(_l("Officer"), required=_l("Choose an officer"))

    def offer(self, place: Place, language: str, officers: Options) -> None:  # noqa: ARG002
        self.officer.choices = list(officers)


class BulkHandOverForm(BulkAssignForm):
    """Which officer, and why."""

    act_of_run = BulkAct.HAND_OVER

    reason = LongText(
        _l("Why is it handed over?"),
        required=_l("Say why it is handed over"),
        max_length=LONGEST_REASON,
        hint=_l("A note of the file: colleagues read it, the reporter does not."),
    )


class BulkRouteForm(BulkForm):
    """Which unit, and why."""

    act_of_run = BulkAct.ROUTE

    department = ShortText(
        _l("Unit"), required=_l("Name the unit"), max_length=80, hint=_l("Name or code")
    )
    reason = LongText(
        _l("Why this unit?"),
        required=_l("Say why this unit"),
        max_length=LONGEST_REASON,
        hint=_l("The unit reads this; the reporter does not."),
    )

    def offer(self, place: Place, language: str, officers: Options) -> None:  # noqa: ARG002
        self._place = place

    def validate_department(self, field: ShortText) -> None:
        """A unit that the place does not have is a slip of the keyboard."""
        if unit_code(self._place, field.data or "") is None:
            raise StopValidation(_("No unit is called that, or several are: use its code"))

    @property
    def answers(self) -> dict[str, str]:
        """The unit by its code."""
        code = unit_code(self._place, self.department.data or "") or ""
        return super().answers | {"department": code}


class BulkCloseForm(BulkForm):
    """Why the reports go nowhere; each reporter reads it."""

    act_of_run = BulkAct.CLOSE_UNROUTED

    reason = Pick(_l("Reason"), required=_l("Choose a reason"))
    text = LongText(
        _l("What else the reporter should know"),
        max_length=LONGEST_TEXT,
        hint=_l("The reporter reads the sentence of the list first, then this."),
    )

    def offer(self, place: Place, language: str, officers: Options) -> None:  # noqa: ARG002
        self.reason.choices = closing_reasons(place, language)


class BulkNoteForm(BulkForm):
    """A note for every file."""

    act_of_run = BulkAct.NOTE

    text = LongText(
        _l("Your note"),
        required=_l("Write a note"),
        max_length=LONGEST_TEXT,
        hint=_l("Colleagues who may see this report read it. The reporter does not."),
    )


BULK_FORMS: Final[Mapping[BulkAct, type[BulkForm]]] = {
    form.act_of_run: form
    for form in (
        BulkForm,
        BulkReleaseForm,
        BulkAssignForm,
        BulkHandOverForm,
        BulkRouteForm,
        BulkCloseForm,
        BulkNoteForm,
    )
}


def closing_reasons(place: Place, language: str) -> list[tuple[str, str]]:
    """The listed reasons for closing at reception, by name."""
    wanted = [one for one in place.reasons.values() if one.kind is ReasonKind.CLOSE_UNROUTED]
    return [(one.code, one.name.in_(language)) for one in wanted]


def read_picked(values: Sequence[str]) -> tuple[Picked, ...]:
    """What was picked on a page, `reference:version` each; what is none of that is left out."""
    found = {}
    for one in " ".join(values).split():
        reference, _colon, version = one.partition(":")
        folded = normalise_reference(reference)
        if folded and read_version(version) >= 0:
            found[folded] = Picked(folded, read_version(version))
    return tuple(found.values())[:MOST_AT_ONCE]


def write_picked(picked: Sequence[Picked]) -> str:
    """The same as one value of a hidden field."""
    return " ".join(f"{one.reference}:{one.version}" for one in picked)


def read_id(text: str | None) -> UUID | None:
    """An id that came with a page; None for anything else."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
