"""Signing in with a passkey, on an authenticator that the browser itself plays."""

import pytest

from tests.e2e import people

pytestmark = pytest.mark.timeout(300, method="thread")

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_added_and_opens_the_desk_without_a_code(enter, installation):
    with enter("zh-CN") as auditor:
        device = auditor.page.context.new_cdp_session(auditor.page)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        people.sign_in(auditor, installation, "auditor")
        auditor.follow("/desk/account")
        auditor.follow("/desk/account/passkeys/add")
        auditor.fill("name", "办公室电脑")
        auditor.press("#passkey button[type=submit]")
        assert "办公室电脑" in auditor.text("table")

        auditor.press("form[action$='/sign-out'] button")
        auditor.open("/desk/sign-in")
        auditor.submit({"name": "auditor", "password": installation.password})
        auditor.press("#passkey button[type=submit]")

        assert auditor.path == "/desk"
