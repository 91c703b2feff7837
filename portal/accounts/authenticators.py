"""The library of passkeys (WebAuthn): what browsers are asked, and whether answers are genuine.

Imported where a passkey is used: to import it takes a tenth of a second at each start.
"""

from collections.abc import Iterable
from typing import Final

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor
from webauthn.registration.verify_registration_response import VerifiedRegistration

from portal.accounts.models import Account, Passkey
from portal.accounts.rules import SITE_NAME, RelyingParty

# What the library raises for anything that is not a genuine answer; ValueError from base64.
_NOT_GENUINE: Final = (WebAuthnException, ValueError, KeyError, TypeError)


def ask(party: RelyingParty, known: Iterable[Passkey]) -> tuple[str, bytes]:
    """The options for `navigator.credentials.get`, as JSON, and the challenge in them."""
    options = generate_authentication_options(
        rp_id=party.host, allow_credentials=_descriptors(known)
    )
    return options_to_json(options), options.challenge


def ask_for_new(
    party: RelyingParty, account: Account, known: Iterable[Passkey]
) -> tuple[str, bytes]:
    """The options for `navigator.credentials.create`, as JSON, and the challenge in them."""
    options = generate_registration_options(
        rp_id=party.host,
        rp_name=SITE_NAME,
        user_id=account.id.bytes,
        user_name=account.name,
        user_display_name=account.display_name,
        exclude_credentials=_descriptors(known),
    )
    return options_to_json(options), options.challenge


def _descriptors(known: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=one.credential_id) for one in known]


def credential_of(answer: str) -> bytes | None:
    """Which passkey an answer says it is from; None for what is no answer."""
    try:
        return base64url_to_bytes(parse_authentication_credential_json(answer).id)
    except _NOT_GENUINE:
        return None


def new_count(party: RelyingParty, challenge: bytes, passkey: Passkey, answer: str) -> int | None:
    """How often the passkey says it was used, if the answer is genuine; None if not."""
    try:
        return verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
        ).new_sign_count
    except _NOT_GENUINE:
        return None


def registration(party: RelyingParty, challenge: bytes, answer: str) -> VerifiedRegistration | None:
    """The new credential in a genuine answer; None if it is not."""
    try:
        return verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
        )
    except _NOT_GENUINE:
        return None
