"""What counts as an address on the net."""

import pytest

from portal.intake.draft import new_token
from portal.intake.forms.fields import looks_like_address, read_token


@pytest.mark.parametrize(
    "text",
    [
        "www.example.com",
        "https://example.com/a?b=c#d",
        "example.com/中文路径",
        "例子.测试/页",
        "hxxp://example[.]com/x",
        "HXXPS://example(.)com",
        "http://192.0.2.1:8080/",
        "http://[2001:db8::1]/",
    ],
)
def test_an_address_is_taken_also_when_it_was_made_harmless(text):
    assert looks_like_address(text)


@pytest.mark.parametrize(
    "text", ["", "hello", "two words.com", "http://", "http://a b", "x" * 3000 + ".com", "http://["]
)
def test_what_can_be_no_address_is_refused(text):
    assert not looks_like_address(text)


@pytest.mark.parametrize(
    "text", ["", "x", "ü" * 22, "A" * 21, "A" * 23, "===", "\ud800", "A" * 10_000]
)
def test_a_damaged_token_is_no_token(text):
    assert read_token(text) is None


def test_a_token_is_128_random_bits():
    tokens = {read_token(new_token()) for _ in range(100)}

    assert len(tokens) == 100
    assert {len(token or b"") for token in tokens} == {16}
