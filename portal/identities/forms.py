"""What is filled in about opening an identity."""

from collections.abc import Sequence
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.custody.rules import RELEASE_MINUTES, SHORTEST_REASON, OpeningPurpose
from portal.custody.service.rewrapping import WrapAgain
from portal.identities.rules import IdentityField
from portal.identities.service import (
    AskToOpen,
    HoldNotice,
    ReadIdentity,
    RefuseOpening,
    ReleaseOpening,
)
from portal.web.forms import (
    Choice,
    Choices,
    Day,
    LongText,
    Password,
    PortalForm,
    ShortText,
    VersionedForm,
)
from portal.web.labels import choices, label

LONGEST_REASON = 1000
AN_HOUR = 60
ASKED_FOR_REASON = _l("At least %(least)d characters.", least=SHORTEST_REASON)


class AskForm(PortalForm):
    fields = Choices(_l("What do you need to know?"), required=_l("Choose what you need to know"))
    purpose = Choice(_l("What for?"), required=_l("Choose what it is for"))
    reason = LongText(
        _l("Why is it needed, and why does asking through the report not do?"),
        required=_l("Say why it is needed"),
        hint=ASKED_FOR_REASON,
        max_length=LONGEST_REASON,
    )
    basis = ShortText(
        _l("Legal basis"),
        required=_l("Name the provision or the order"),
        hint=_l("Law and article, or the order with its date"),
        max_length=200,
    )

    def offer(self, kept: Sequence[str]) -> None:
        """Offer the fields that are sealed with the report."""
        self.fields.choices = [(one, label(IdentityField(one))) for one in kept]
        self.purpose.choices = choices(OpeningPurpose)

    def to_command(self, reference: str) -> AskToOpen:
        purpose = OpeningPurpose(self.purpose.data)
        said = self.reason.data, self.basis.data
        return AskToOpen(reference, tuple(self.fields.data), purpose, *said)


class ReleaseForm(VersionedForm):
    minutes = Choice(_l("How long may it be read?"), required=_l("Choose how long"))
    passphrase = Password(_l("Your passphrase"), required=_l("Enter your passphrase"))

    def __init__(self, **options: object) -> None:
        super().__init__(**options)
        self.minutes.choices = [(str(one), _duration(one)) for one in RELEASE_MINUTES]

    def to_command(self, opening_id: UUID) -> ReleaseOpening:
        minutes = int(self.minutes.data)
        return ReleaseOpening(opening_id, minutes, self.passphrase.data, self.seen_version)


class RefuseForm(VersionedForm):
    reason = LongText(
        _l("Why not?"),
        required=_l("Say why not"),
        hint=ASKED_FOR_REASON,
        max_length=LONGEST_REASON,
    )

    def to_command(self, opening_id: UUID) -> RefuseOpening:
        return RefuseOpening(opening_id, self.reason.data, self.seen_version)


class ReadForm(PortalForm):
    passphrase = Password(_l("Your passphrase"), required=_l("Enter your passphrase"))

    def to_command(self, opening_id: UUID) -> ReadIdentity:
        return ReadIdentity(opening_id, self.passphrase.data)


class OlderKeysForm(PortalForm):
    passphrase = Password(_l("Your passphrase"), required=_l("Enter your passphrase"))

    def to_command(self) -> WrapAgain:
        return WrapAgain(self.passphrase.data)


class HoldForm(VersionedForm):
    until = Day(_l("Tell the reporter on"), required=_l("Enter a day"))
    reason = LongText(
        _l("Which duty forbids telling them before?"),
        required=_l("Say which duty forbids it"),
        hint=ASKED_FOR_REASON,
        max_length=LONGEST_REASON,
    )

    def to_command(self, opening_id: UUID) -> HoldNotice:
        return HoldNotice(opening_id, self.until.data, self.reason.data, self.seen_version)


def _duration(minutes: int) -> str:
    if minutes < AN_HOUR:
        return str(ngettext("%(num)d minute", "%(num)d minutes", minutes))
    return str(ngettext("%(num)d hour", "%(num)d hours", minutes // AN_HOUR))
