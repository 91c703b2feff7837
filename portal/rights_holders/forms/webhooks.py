"""What is filled in about an address to be called."""

from flask_babel import lazy_gettext as _l
from wtforms.validators import StopValidation

from portal.kernel.errors import RuleBroken
from portal.rights_holders.rules.webhooks import LONGEST_URL, WebhookEvent
from portal.rights_holders.service.webhooks import AddWebhook, read_address
from portal.web.errors import sentence
from portal.web.forms import Choices, PortalForm, ShortText
from portal.web.labels import choices


class WebhookForm(PortalForm):
    """Which address is called, and of what it is told."""

    url = ShortText(
        _l("Address of your program"),
        required=_l("Enter the address of your program"),
        max_length=LONGEST_URL,
        hint=_l("It begins with https:// and can be reached from everywhere."),
    )
    events = Choices(_l("What is it told?"), required=_l("Choose what it is told"))

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.events.choices = choices(WebhookEvent)

    def validate_url(self, field: ShortText) -> None:
        """An address that would be called, said with what else is wrong."""
        try:
            read_address(field.data)
        except RuleBroken as refused:
            raise StopValidation(sentence(refused)) from None

    def to_command(self, number: str) -> AddWebhook:
        """The order for the service."""
        events = tuple(WebhookEvent(one) for one in self.events.data)
        return AddWebhook(number, self.url.data, events)
