"""Which addresses of the net may be visited at all."""

import pytest

from portal.infra.fetching.guard import NotVisited, NoVisit, is_open_to_all, read_target
from portal.infra.fetching.reading import page_of, text_of


@pytest.mark.requirement("B15")
@pytest.mark.parametrize(
    "typed",
    [
        *("", "example.com", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/"),
        *("javascript:alert(1)", "data:text/html,x", "http://", "https://a b/"),
        *("http://user@example.com/", "http://user:word@example.com/", "http://:word@example.com/"),
        *(
            "http://example.com:99999/",
            "http://[::1/",
            "http://exa mple/",
            "http://a/" + "x" * 2000,
        ),
    ],
)
def test_only_plain_addresses_of_the_web_are_read(typed):
    with pytest.raises(NotVisited) as refused:
        read_target(typed)

    assert refused.value.why is NoVisit.NOT_AN_ADDRESS
    assert typed not in str(refused.value) or not typed


@pytest.mark.parametrize(
    ("typed", "host", "port", "path", "named"),
    [
        ("http://Example.COM", "example.com", 80, "/", "example.com"),
        ("https://example.com:443/a?b=c#d", "example.com", 443, "/a?b=c", "example.com"),
        ("https://example.com:8443/", "example.com", 8443, "/", "example.com:8443"),
        (
            "http://例子.测试/路",
            "xn--fsqu00a.xn--0zwm56d",
            80,
            "/%E8%B7%AF",
            "xn--fsqu00a.xn--0zwm56d",
        ),
        ("http://2130706433/", "127.0.0.1", 80, "/", "127.0.0.1"),
        ("http://0x7f.1/", "127.0.0.1", 80, "/", "127.0.0.1"),
        ("http://0177.0.0.1/", "127.0.0.1", 80, "/", "127.0.0.1"),
        ("http://[::ffff:127.0.0.1]/", "::ffff:7f00:1", 80, "/", "[::ffff:7f00:1]"),
    ],
)
def test_an_address_is_read_as_browsers_read_it(typed, host, port, path, named):
    target = read_target(typed)

    assert (target.host, target.port, target.path, target.named) == (host, port, path, named)


@pytest.mark.requirement("B15")
@pytest.mark.parametrize(
    "number",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1"),  # noqa: S104
        *("169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.1"),
        *("192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1"),
        *("240.0.0.1", "255.255.255.255", "192.88.99.1"),
        *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1"),
        *("64:ff9b:1::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "100::1"),
        *("2001:db8::1", "2001::1", "2002:7f00:1::1", "3fff::1", "localhost", "", "1.2.3.4.5"),
        "fe80::1%eth0",
    ],
)
def test_a_number_inside_or_beside_the_net_is_not_reached(number):
    assert not is_open_to_all(number, 80)


@pytest.mark.parametrize("number", ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "240e::1"])
def test_a_number_of_the_net_is_reached_at_the_ports_of_the_web_only(number):
    open_ports = [port for port in range(1, 10000) if is_open_to_all(number, port)]

    assert open_ports == [80, 443, 8080, 8443]


@pytest.mark.parametrize(
    ("kind", "body", "page"),
    [
        ("text/html; charset=gbk", "<p>教材".encode("gbk"), "<p>教材"),
        ("text/plain", b"a < b", "<pre>a &lt; b</pre>"),
        ("image/png", b"x", '<img alt="" src="data:image/png;base64,eA==">'),
        ("application/pdf", b"%PDF", ""),
        ("text/html", b"x" * 101, ""),
    ],
)
def test_what_a_browser_may_draw_of_an_answer_stands_by_itself(kind, body, page):
    assert page_of(body, kind, 100) == page


def test_the_text_of_a_page_is_what_people_read_in_it():
    page = (
        "<html><head><meta charset=gb2312><title>片名</title><script>alert(1)</script></head>"
        "<body><p>免费&nbsp;下载 &amp; 在线<br>观看</p><style>p{}</style></body></html>"
    )

    assert text_of(page.encode("gb2312"), "text/html", 99) == "片名\n免费 下载 & 在线\n观看"
    assert text_of(page.encode("gb18030"), "text/html", 2) == "片名"
    assert text_of(b"\x89PNG", "image/png", 99) == ""
    assert text_of("正文".encode(), "text/plain; charset=no-such", 99) == "正文"
