"""What staff fill in to look something up in the place."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from portal.jurisdiction.place import Place
from portal.web.forms import Pick, PortalForm, ShortText


class PartnersForm(PortalForm):
    """Which outside bodies to show."""

    kind = Pick(_l("Kind of body"))
    words = ShortText(_l("Name, city or county"), max_length=100)

    class Meta(PortalForm.Meta):
        csrf = False

    def __init__(self, asked: MultiDict[str, str], place: Place, language: str) -> None:
        super().__init__(asked)
        kinds = (kind for kind in place.department_kinds.values() if kind.outside)
        named = [(kind.kind, kind.name.in_(language)) for kind in kinds]
        self.kind.choices = [("", gettext("All kinds")), *named]

    def filters(self) -> dict[str, str]:
        """What was asked for, without what was left open."""
        asked = {"kind": self.kind.data or "", "words": self.words.data or ""}
        return {name: value for name, value in asked.items() if value}
