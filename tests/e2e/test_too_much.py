"""Too much, sent to the real server over a real line: the answer arrives (T28)."""

import socket
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from urllib.parse import urlsplit

import pytest

from bench.client import hidden_fields

pytestmark = pytest.mark.timeout(300, method="thread")

FORM = "/report/one-page"
TEN_MEBIBYTES = 10 * 1024 * 1024


def body_of(fields, kind):
    if kind == "application/x-www-form-urlencoded":
        return "&".join(f"{name}={value}" for name, value in fields.items()).encode(), kind
    parts = [
        f'--part\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return "".join([*parts, "--part--\r\n"]).encode(), f"{kind}; boundary=part"


def form_of(address):
    """The fields of a form fetched now, and the cookies it came with."""
    with closing(HTTPConnection(address.hostname, address.port)) as line:
        line.request("GET", FORM, headers={"Cookie": "lang=en"})
        page = line.getresponse()
        cookies = [one.partition(";")[0] for one in page.headers.get_all("Set-Cookie") or ()]
        return hidden_fields(page.read().decode()), "; ".join(["lang=en", *cookies])


@pytest.mark.requirement("T28")
@pytest.mark.parametrize("path", [FORM, "/no-such-page"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_who_sends_ten_megabytes_can_send_all_of_them_and_reads_why_not(installation, kind, path):
    address = urlsplit(installation.url)
    fields, cookies = form_of(address)
    body, sent_as = body_of({**fields, "narrative": "a" * TEN_MEBIBYTES}, kind)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookies}\r\n"
        f"Content-Type: {sent_as}\r\nContent-Length: {len(body)}\r\n\r\n"
    )

    with socket.create_connection((address.hostname, address.port)) as line:
        line.sendall(head.encode() + body)  # a connection that is reset breaks off here
        answer = HTTPResponse(line)
        answer.begin()
        page = answer.read().decode()

    assert answer.status in ({413} if path == FORM else {404, 405, 413})
    assert "<h1" in page
    assert path != FORM or "Nothing you sent was received" in page


@pytest.mark.requirement("T28")
def test_a_step_with_far_too_much_loses_no_other_step_and_says_so_in_the_browser(enter):
    with enter("en") as reporter:
        reporter.open("/report")
        reporter.submit({"subject": "piracy.print"})
        reporter.submit({"where": "online", "site": "Example Books"})
        reporter.page.evaluate(
            "n => { document.querySelector('[name=narrative]').value = 'a'.repeat(n); }",
            TEN_MEBIBYTES,
        )
        reporter.submit()
        assert "What you sent is too large" in reporter.text()

        reporter.open("/report/where")
        assert reporter.page.locator("[name=site]").input_value() == "Example Books"
        reporter.open("/report/story")
        reporter.submit({"narrative": "They sell pirated books."})
        assert reporter.path == "/report/addresses"
