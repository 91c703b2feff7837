"""What programs are told, how it is signed, and how long it is tried."""

from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from portal.rights_holders.rules import webhooks as rules
from portal.rights_holders.rules.webhooks import WebhookEvent

NOW = datetime.now(UTC)


def test_the_published_library_takes_what_either_secret_signs_and_nothing_changed():
    old, new = rules.secret_of(b"o" * 32), rules.secret_of(b"n" * 32)
    now = datetime.now(UTC)  # the library takes nothing that is older than five minutes
    body = rules.body_of(rules.payload_of(WebhookEvent.MESSAGE, now, {"complaint": 1}))
    headers = rules.headers_of_call("msg_1", now, body, (new, old))

    for secret in (old, new):
        assert Webhook(secret).verify(body, headers)["data"] == {"complaint": 1}
    for wrong in (body.replace(b"1", b"2", 1), body + b" "):
        with pytest.raises(WebhookVerificationError):
            Webhook(new).verify(wrong, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(rules.secret_of(b"x" * 32)).verify(body, headers)


def test_attempts_come_ever_later_and_within_a_day():
    waits = [rules.wait_after(at) for at in range(1, 12)]
    tried = list(accumulate(waits, initial=NOW))

    assert waits == sorted(waits)
    assert [one for one in tried if rules.is_given_up(NOW, one)] != []
    kept = [one for one in tried if not rules.is_given_up(NOW, one)]
    assert len(kept) >= 9
    assert timedelta(hours=12) < kept[-1] - NOW <= timedelta(days=1)
    # It was asked for again while an attempt was under way, which then came to nothing.
    assert rules.wait_after(0) == waits[0]
    assert rules.rest_after(50) == rules.LONGEST_REST


@pytest.mark.parametrize(
    ("action", "details", "waits"),
    [
        ("report.ask", {}, True),
        ("report.ask", {"again": "yes"}, None),
        ("report.stop-waiting", {}, False),
        ("report.write", {"kind": "reply"}, None),
        ("report.close", {"before": "answered", "after": "closed"}, None),
    ],
)
def test_the_office_waits_from_a_question_until_the_trail_says_that_it_does_not(
    action, details, waits
):
    assert rules.waits_after(action, details) is waits


@pytest.mark.parametrize(
    ("host", "port", "may"),
    [
        *(("hooks.example", 443, True), ("hooks.example", 8443, True), ("8.8.8.8", 443, True)),
        *(("hooks.example", 22, False), ("localhost", 443, False), ("127.0.0.1", 443, False)),
        *(("10.1.2.3", 443, False), ("169.254.169.254", 443, False), ("::1", 443, False)),
        *(("::ffff:127.0.0.1", 443, False), ("fe80::1", 443, False), ("fd00::1", 443, False)),
    ],
)
def test_what_is_inside_by_its_own_words_is_no_address_to_call(host, port, may):
    assert rules.is_called_name(host, port) is may


def test_an_address_is_hopeless_once_a_message_was_given_up_after_days_in_which_nothing_arrived():
    long_ago, lately = NOW - timedelta(days=20), NOW - timedelta(days=1)

    assert rules.is_hopeless(long_ago, NOW, given_up=True)
    assert not rules.is_hopeless(long_ago, NOW, given_up=False)
    assert not rules.is_hopeless(lately, NOW, given_up=True)
