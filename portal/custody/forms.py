"""What custodians fill in about their own key, and about those who want to join."""

from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.custody.keyring import SHORTEST_PASSPHRASE
from portal.custody.service.members import ChangePassphrase, Enrol, Vouch
from portal.custody.service.post import OpenPost
from portal.web.forms import Password, PortalForm

AT_LEAST = _l(
    "At least %(least)d characters; several words are easiest to remember. Nobody can reset it.",
    least=SHORTEST_PASSPHRASE,
)


class EnrolForm(PortalForm):
    passphrase = Password(_l("New passphrase"), required=_l("Enter a passphrase"), hint=AT_LEAST)
    again = Password(_l("The same again"), required=_l("Enter the passphrase again"))

    def validate(self, extra_validators: object = None) -> bool:
        """Both must be the same."""
        good = super().validate(extra_validators)
        return _same(self.passphrase, self.again) and good

    def to_command(self) -> Enrol:
        return Enrol(self.passphrase.data)


class VouchForm(PortalForm):
    passphrase = Password(_l("Your passphrase"), required=_l("Enter your passphrase"))

    def to_command(self, custodian_id: UUID) -> Vouch:
        return Vouch(custodian_id, self.passphrase.data)


class PostForm(PortalForm):
    passphrase = Password(_l("Your passphrase"), required=_l("Enter your passphrase"))

    def to_command(self) -> OpenPost:
        return OpenPost(self.passphrase.data)


class PassphraseForm(PortalForm):
    present = Password(_l("Present passphrase"), required=_l("Enter the present passphrase"))
    passphrase = Password(_l("New passphrase"), required=_l("Enter a passphrase"), hint=AT_LEAST)
    again = Password(_l("The same again"), required=_l("Enter the passphrase again"))

    def validate(self, extra_validators: object = None) -> bool:
        """Both new ones must be the same."""
        good = super().validate(extra_validators)
        return _same(self.passphrase, self.again) and good

    def to_command(self) -> ChangePassphrase:
        return ChangePassphrase(self.present.data, self.passphrase.data)


def _same(first: Password, second: Password) -> bool:
    if second.data and first.data != second.data:
        second.errors = [_("The two passphrases are not the same")]
        return False
    return True
