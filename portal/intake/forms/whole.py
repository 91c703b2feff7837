"""A whole report in one form: what the public's page and the page of staff have in common."""

from portal.evidence.service import IncomingFile
from portal.intake.forms.fields import (
    RegionName,
    Token,
    Urls,
    chosen_category,
    demand_contact,
    demand_files_allowed,
    demand_good_files,
    demand_mode,
    demand_story,
    identity_of,
    read_token,
)
from portal.intake.models import ContactMode
from portal.intake.service import Identity
from portal.jurisdiction.place import Category
from portal.web.forms import Choice, Email, Files, LongText, Pick, PortalForm, ShortText, Telephone


class WholeForm(PortalForm):
    """What is made of the answers; the fields, with their words, stand in the forms themselves."""

    category: Pick
    narrative: LongText
    place: ShortText
    region: RegionName
    urls: Urls
    files: Files
    contact_mode: Choice
    name: ShortText
    phone: Telephone
    email: Email
    submission_token: Token

    @property
    def chosen(self) -> Category | None:
        """The category; None for "not sure"."""
        return chosen_category(self.category.data)

    def demand_report(self) -> bool:
        """Whether there is a story, and files that may be taken with it."""
        good = demand_story(self.narrative, self.chosen, self.urls.addresses)
        good = demand_good_files(self.files) and good
        return demand_files_allowed(self.files, self.chosen) and good

    def demand_reporter(self) -> bool:
        """Whether there is a name and a way, where they are needed."""
        good = demand_mode(self.contact_mode, self.chosen)
        ways = (self.phone, self.email)
        return demand_contact(self.contact_mode.data, self.name, ways) and good

    def identity(self, mode: ContactMode) -> Identity:
        """What is to be sealed."""
        return identity_of(mode, self.name.data, self.phone.data, self.email.data)

    @property
    def token(self) -> bytes:
        """The submission token, 16 bytes."""
        return read_token(self.submission_token.data or "") or b""

    @property
    def uploads(self) -> tuple[IncomingFile, ...]:
        """The files as they came."""
        return tuple(IncomingFile(file.stream, file.filename) for file in self.files.data or ())
