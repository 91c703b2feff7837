"""What staff fill in to narrow a list of cases down, and to put picked reports into one."""

from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from portal.cases.queries.lists import CaseFilter, CaseList
from portal.cases.service.opening import AddReports
from portal.cases.states import CaseState
from portal.casework.filter_forms import ListForm, any_of, region_code
from portal.casework.forms import Options
from portal.casework.queue_forms import read_picked
from portal.jurisdiction.place import Place
from portal.web.forms import Pick, PortalForm, ShortText, Tick
from portal.web.labels import choices


class CaseFilterForm(ListForm):
    """The filters of the lists of cases."""

    personal = frozenset({"handler"})

    state = Pick(_l("State"))
    category = Pick(_l("Category"))
    region = ShortText(_l("Region"), max_length=80, hint=_l("Name or code"))
    handler = Pick(_l("Who has it"))
    overdue = Tick(_l("Overdue only"))

    def offer(self, place: Place, language: str, officers: Options) -> "CaseFilterForm":
        """Fill the lists to choose from: what the place has, and who works in the unit."""
        self._place, self._language = place, language
        self.state.choices = any_of(choices(CaseState))
        self.category.choices = any_of(
            [(code, one.name.in_(language)) for code, one in place.categories.items()]
        )
        self.handler.choices = any_of(officers)
        return self

    def to_filter(self, which: CaseList) -> CaseFilter:
        """The filter that was asked for."""
        return CaseFilter(
            which=which,
            state=CaseState(self.state.data) if self.state.data else None,
            category=self.category.data or "",
            region=region_code(self._place, self.region.data or "") or "",
            handler=UUID(self.handler.data) if self.handler.data else None,
            overdue=bool(self.overdue.data),
        )


class GatherForm(PortalForm):
    """The case that picked reports go into."""

    picked = HiddenField()
    number = ShortText(
        _l("Number of the case"), required=_l("Enter the number of the case"), max_length=60
    )

    @property
    def references(self) -> tuple[str, ...]:
        """The reports that were picked."""
        return tuple(one.reference for one in read_picked([self.picked.data or ""]))

    def to_command(self) -> AddReports:
        return AddReports(self.number.data.upper(), self.references)
