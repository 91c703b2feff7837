"""What is filled in about an address to be called."""

from flask_babel import lazy_gettext as _l

from portal.rights_holders.rules.webhooks import LONGEST_URL, WebhookEvent
from portal.rights_holders.service.webhooks import AddWebhook
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

    def to_command(self, number: str) -> AddWebhook:
        """The order for the service."""
        events = tuple(WebhookEvent(one) for one in self.events.data)
        return AddWebhook(number, self.url.data, events)
