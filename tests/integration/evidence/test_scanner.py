"""The client of clamd against a real socket."""

import socket

import pytest

from portal.infra.config import settings
from portal.infra.scanner import Verdict, scan
from portal.kernel.errors import Unavailable
from tests.factories.evidence import EICAR


def test_a_harmless_file_is_clean(clamd):
    assert scan([b"all ", b"", b"well"], settings().clamd_socket) is Verdict.CLEAN


def test_the_test_virus_is_found_across_chunks(clamd):
    chunks = [EICAR[:20], EICAR[20:]]

    assert scan(chunks, settings().clamd_socket) is Verdict.INFECTED


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_a_scanner_on_another_machine_may_be_named_by_its_ipv6_address(distant_clamd):
    assert scan([b"all well"], distant_clamd) is Verdict.CLEAN


def test_a_file_beyond_the_scanners_own_limit_is_never_passed(clamd):
    clamd.stream_limit = 1_000

    with pytest.raises(Unavailable):
        scan([bytes(60_000)] * 40, settings().clamd_socket)


@pytest.mark.parametrize("address", ["/nowhere/clamd.sock", "127.0.0.1:1"])
def test_a_scanner_that_is_away_is_said_to_be(address):
    with pytest.raises(Unavailable) as refused:
        scan([b"x"], address)

    assert refused.value.code == "scanner-away"
