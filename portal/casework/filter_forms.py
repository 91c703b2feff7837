"""What staff fill in to narrow a list down, or to search."""

from typing import ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field
from wtforms.validators import StopValidation

from portal.casework.forms import Options
from portal.casework.queries.filters import Filter, Holder, Order
from portal.casework.queries.saved import filter_of
from portal.infra.search import LONGEST_QUERY, is_searchable
from portal.intake.models import Channel, ReportKind, Stream
from portal.intake.states import ReportState
from portal.jurisdiction.place import Place, Urgency
from portal.jurisdiction.queries import search_regions
from portal.kernel.reference import normalise_reference
from portal.web.forms import Pick, PortalForm, ShortText, Tick
from portal.web.labels import choices

# Of each form and language: for which version of the place, and its fields by their names.
_EMPTY_FIELDS: dict[tuple[type["ListForm"], str], tuple[int, dict[str, str]]] = {}


def any_of(options: Options) -> list[tuple[str, str]]:
    """The options of a filter, with the one that does not narrow first."""
    return [("", _("Any")), *options]


class ListForm(PortalForm):
    """The filters of a list; what stands in the URL is checked like any answer.

    `personal` are the fields that are not the same for everybody, even empty.
    """

    class Meta:
        csrf = False

    personal: ClassVar[frozenset[str]] = frozenset()
    _place: Place
    _language: str

    @property
    def rendered(self) -> list[str]:
        """The fields as HTML; those that do not narrow the list down are rendered once.

        All of them together are a third of what the page costs, and most are empty.
        """
        empty = self._empty_fields()
        return [self._shown(field, empty) for field in self]

    def _shown(self, field: Field, empty: dict[str, str]) -> str:
        if field.data or field.errors or field.name in self.personal:
            return field()  # type: ignore[no-any-return]
        if field.name not in empty:
            empty[field.name] = field()
        return empty[field.name]

    def _empty_fields(self) -> dict[str, str]:
        """What is kept for this form, language and version of the place."""
        key = (type(self), self._language)
        version, fields = _EMPTY_FIELDS.get(key, (None, {}))
        if version != self._place.version:
            fields = {}
            _EMPTY_FIELDS[key] = self._place.version, fields
        return fields

    def validate_region(self, field: ShortText) -> None:
        """A name that two regions share is no answer."""
        if field.data and region_code(self._place, field.data) is None:
            raise StopValidation(_("No region is called that, or several are: use its code"))

    def told(self, field: Field) -> str:
        """What a filter that is set is set to, in words."""
        name = str(field.label.text)
        if field.data is True:
            return name
        value = dict(getattr(field, "choices", ())).get(field.data, field.data)
        return str(_("%(name)s: %(value)s", name=name, value=value))

    @property
    def arguments(self) -> dict[str, str]:
        """What belongs into the URL of this list: every filter that is set."""
        return {
            field.name: "y" if field.data is True else str(field.data)
            for field in self
            if field.data
        }


class FilterForm(ListForm):
    """The filters of the list of reports."""

    state = Pick(_l("State"))
    category = Pick(_l("Category"))
    region = ShortText(_l("Region"), max_length=80, hint=_l("Name or code"))
    department = ShortText(_l("Unit"), max_length=80, hint=_l("Name or code"))
    urgency = Pick(_l("Urgency"))
    who = Pick(_l("Who has it"))
    channel = Pick(_l("How it came in"))
    kind = Pick(_l("Source"))
    stream = Pick(_l("Reported or found"))
    overdue = Tick(_l("Overdue only"))
    contested = Tick(_l("Called not resolved"))
    stuck = Tick(_l("Needs a person"))
    near_school = Tick(_l("Near a school"))
    priority_region = Tick(_l("Priority territory"))
    sort = Pick(_l("Order"))

    def offer(self, place: Place, language: str) -> "FilterForm":
        """Fill the lists to choose from; the place gives categories, units and regions."""
        self._place, self._language = place, language
        self.state.choices = any_of(choices(ReportState))
        self.category.choices = any_of(
            [(code, one.name.in_(language)) for code, one in place.categories.items()]
        )
        self.urgency.choices = any_of(choices(Urgency))
        self.who.choices = any_of(choices(Holder))
        self.channel.choices = any_of(choices(Channel))
        self.kind.choices = any_of(choices(ReportKind))
        self.stream.choices = any_of(choices(Stream))
        self.sort.choices = [("", _("Automatic")), *choices(Order)]
        return self

    def validate_department(self, field: ShortText) -> None:
        """A unit that the place does not have is a slip of the keyboard."""
        if field.data and unit_code(self._place, field.data) is None:
            raise StopValidation(_("No unit is called that, or several are: use its code"))

    def to_filter(self) -> Filter:
        """The filter that was asked for."""
        region = region_code(self._place, self.region.data or "")
        unit = unit_code(self._place, self.department.data or "")
        return filter_of({**self.arguments, "region": region, "department": unit})


def region_code(place: Place, typed: str) -> str | None:
    """The region that was typed, by name, path or code; None if it is none, or not clear which."""
    if not typed or typed in place.regions:
        return typed or None
    found = [
        match.code
        for match in search_regions(place, typed)
        if typed in (place.regions[match.code].name.zh, match.path.zh, match.path.en)
        or typed == place.regions[match.code].name.en
        or (match.former and typed in (match.former.zh, match.former.en))
    ]
    return found[0] if len(found) == 1 else None


def unit_code(place: Place, typed: str) -> str | None:
    """The unit that was typed, by name or code; None if it is none, or not clear which."""
    if typed in place.departments:
        return typed
    units = place.departments.values()
    found = [unit.code for unit in units if typed in (unit.name.zh, unit.name.en)]
    return found[0] if len(found) == 1 else None


class SearchForm(PortalForm):
    """What to look for. It is posted: words about a person never stand in a URL (T37)."""

    q = ShortText(
        _l("Search all reports you may see"),
        required=_l("Search for at least two characters"),
        max_length=LONGEST_QUERY,
        hint=_l("Words of the report, or its reference"),
    )

    def validate_q(self, field: ShortText) -> None:
        """A single character is in nearly every report: ask for more."""
        if not (is_searchable(field.data) or self.reference):
            raise StopValidation(_("Search for at least two characters"))

    @property
    def reference(self) -> str | None:
        """The reference, if what was typed is one."""
        return normalise_reference(self.q.data or "")
