"""Visiting addresses on real servers: what is reached, what is kept, and what opens nothing."""

import hashlib
import io
import socket
import subprocess
import threading
import zlib

import pytest
from warcio.archiveiterator import ArchiveIterator

from portal.infra.fetching import visiting
from portal.infra.fetching.guard import NotVisited, NoVisit, is_open_to_all
from portal.infra.fetching.visiting import Network, visit
from tests.factories.servers import PAGE, make_certificate, network_of, serving


@pytest.mark.requirement("B15")
@pytest.mark.requirement("U42")
def test_a_visit_keeps_every_byte_and_header_and_follows_a_redirect():
    def answer(path):
        moved = {"Location": "/page", "Set-Cookie": "who=1"}
        return (302, moved, b"") if path == "/" else (200, {"Content-Type": "text/html"}, PAGE)

    with serving(answer) as site:
        made = visit(site.at("/"), network=network_of(site))

    assert [hop.status for hop in made.hops] == [302, 200]
    assert made.text == "免费下载\n教材电子版"
    assert made.digest == hashlib.sha256(PAGE).hexdigest()
    assert not made.cut
    assert all("Cookie" not in headers for _path, headers in site.asked)
    assert {headers["Host"] for _path, headers in site.asked} == {f"pirate.example:{site.port}"}
    records = list(_records(made.archive))
    assert [one[0] for one in records] == [
        *("warcinfo", "request", "response", "request", "response"),
    ]
    assert records[-1][1] == site.at("/page")
    assert records[-1][2] == PAGE
    assert b"WARC/1.1" in _plain(made.archive)


@pytest.mark.requirement("B15")
@pytest.mark.parametrize(
    "typed",
    [
        *("http://localhost:{0}/", "http://127.0.0.1:{0}/", "http://2130706433:{0}/"),
        *("http://0x7f.1:{0}/", "http://[::ffff:127.0.0.1]:{0}/", "http://[::1]:{0}/"),
        *("http://0.0.0.0:{0}/", "ftp://127.0.0.1:{0}/", "http://a@127.0.0.1:{0}/"),
    ],
)
def test_an_address_of_this_machine_opens_no_connection(typed):
    with serving() as site:
        with pytest.raises(NotVisited):
            visit(typed.format(site.port))
        assert site.connections == 0


@pytest.mark.requirement("B15")
@pytest.mark.parametrize("number", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1"])
def test_a_name_that_leads_inside_opens_no_connection_even_beside_a_public_number(number):
    with serving() as site:
        for numbers in ((number,), ("8.8.8.8", number)):
            net = Network(lambda *_, n=numbers: n, lambda one, _port: is_open_to_all(one, 80), "")
            with pytest.raises(NotVisited) as refused:
                visit(site.at(), network=net)
            assert refused.value.why is NoVisit.NOT_PUBLIC
        assert site.connections == 0


@pytest.mark.requirement("B15")
def test_a_name_that_changes_between_two_questions_leads_nowhere():
    with serving(lambda _path: (302, {"Location": "/again"}, b"")) as site:
        given = iter([("127.0.0.1",), ("127.0.0.2",)])
        net = Network(
            lambda *_: next(given), lambda one, port: (one, port) == ("127.0.0.1", site.port), ""
        )
        with pytest.raises(NotVisited) as refused:
            visit(site.at(), network=net)

    assert refused.value.why is NoVisit.NOT_PUBLIC
    assert site.connections == 1


@pytest.mark.requirement("B15")
def test_a_redirect_inside_opens_no_connection_and_one_too_many_is_not_followed(monkeypatch):
    def lead_inside(_path):
        return 302, {"Location": inner.at()}, b""

    with serving() as inner, serving(lead_inside) as outer:
        with pytest.raises(NotVisited) as refused:
            visit(outer.at(), network=network_of(outer))
        assert (refused.value.why, inner.connections) == (NoVisit.NOT_PUBLIC, 0)

    monkeypatch.setattr(visiting, "MOST_REDIRECTS", 2)
    with serving(lambda path: (301, {"Location": f"{path}x"}, b"")) as loop:
        with pytest.raises(NotVisited) as refused:
            visit(loop.at(), network=network_of(loop))
        assert (refused.value.why, loop.connections) == (NoVisit.TOO_MANY_REDIRECTS, 3)


def test_a_name_server_that_says_nothing_holds_nobody_up_and_a_redirect_keeps_its_letters():
    waits = threading.Event()
    net = Network(lambda *_: (waits.wait(30), ())[1], lambda *_: True, "")
    with pytest.raises(NotVisited) as refused:
        visit("http://silent.example/", network=net, seconds=0.2)
    waits.set()
    assert refused.value.why is NoVisit.TOO_SLOW

    moved = {"Location": "/片".encode().decode("latin-1")}
    with serving(lambda path: (302, moved, b"") if path == "/" else (404, {}, b"")) as site:
        made = visit(site.at("/"), network=network_of(site))
    assert made.hops[-1].url == site.at("/%E7%89%87")


@pytest.mark.parametrize("codec", ["gbk", "big5", "koi8-r", "utf-16"])
def test_a_page_that_names_its_letters_itself_is_read_in_them(codec):
    words = "<p>教材" if codec != "koi8-r" else "<p>книга"
    body = f"<meta charset={codec}>".encode() * (codec != "utf-16") + words.encode(codec)
    kind = {"Content-Type": "text/html" + "; charset=utf-16" * (codec == "utf-16")}
    with serving(lambda _path: (200, kind, body)) as site:
        made = visit(site.at(), network=network_of(site), most_page=visiting.MOST_PAGE)

    assert made.text == words.removeprefix("<p>")
    assert words in made.page


def test_what_is_too_long_is_cut_and_what_takes_too_long_is_left(monkeypatch):
    monkeypatch.setattr(visiting, "MOST_BYTES", 70_000)
    with serving(lambda _path: (200, {"Content-Type": "text/plain"}, b"x" * 200_000)) as site:
        made = visit(site.at(), network=network_of(site))
    assert made.cut
    assert len(made.text) < 70_000
    assert b"WARC-Truncated: length" in _plain(made.archive)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        net = Network(lambda *_: ("127.0.0.1",), lambda *_: True, "")
        with pytest.raises(NotVisited) as refused:
            visit(f"http://slow.example:{port}/", network=net, seconds=0.8)
    assert refused.value.why is NoVisit.TOO_SLOW


def test_a_certificate_that_nobody_vouches_for_is_refused_and_a_good_one_taken(tmp_path):
    files = make_certificate(tmp_path)
    with serving(certificate=files) as site:
        address = site.at().replace("http:", "https:")
        with pytest.raises(NotVisited) as refused:
            visit(address, network=network_of(site))
        assert refused.value.why is NoVisit.BAD_CERTIFICATE
        assert site.asked == []

        made = visit(address, network=network_of(site, trust=files[0]))
    assert made.text == "免费下载\n教材电子版"


def test_what_a_taken_over_child_says_is_not_believed(monkeypatch):
    real = subprocess.run

    def lying(said):
        def run(command, **more):
            more["stdout"].write(said)
            more["stdout"].flush()
            return real(["true"], check=False)

        return run

    with serving() as site:
        for said in (
            *(b"", b"[]", b"{}\n", b'{"failed": "lunch"}\n', b'{"status": 200}\n'),
            b'{"status": 9, "location": "", "digest": "", "archive": 1, "text": 0}\nx',
            b'{"status": 200, "location": "", "digest": "zz", "archive": 1, "text": 0}\nx',
        ):
            monkeypatch.setattr(visiting.subprocess, "run", lying(said))
            with pytest.raises(NotVisited):
                visit(site.at(), network=network_of(site))


def _records(archive):
    for one in ArchiveIterator(io.BytesIO(archive)):
        yield (
            one.rec_type,
            one.rec_headers.get_header("WARC-Target-URI"),
            one.content_stream().read(),
        )


def _plain(archive):
    out, rest = b"", archive
    while rest:
        piece = zlib.decompressobj(31)
        out += piece.decompress(rest)
        rest = piece.unused_data
    return out
