"""What counts as one client, and as the networks around it."""

import pytest

from queueup.web.client_address import client, wider_network


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:5123", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("[::ffff:198.51.100.7]:80", "198.51.100.7"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]:5123", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::7]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("somebody", "unknown"),
        ("_hidden", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_client_is_an_address_without_its_port(given: str | None, counted: str) -> None:
    assert client(given) == counted


def test_a_home_counts_as_one_client_where_its_whole_network_is_meant() -> None:
    assert client("2001:db8:7:1ff::9", bits=56) == "2001:db8:7:100::/56"
    assert client("192.0.2.7", bits=56) == "192.0.2.7"
    assert client(None, bits=56) == "unknown"


def test_only_ipv6_has_wider_networks() -> None:
    assert wider_network("[2001:db8:1:2ff::7]:443", 56) == "2001:db8:1:200::/56"
    assert wider_network("2001:db8:1:2ff::7", 48) == "2001:db8:1::/48"
    assert wider_network("198.51.100.7", 48) is None
    assert wider_network("somebody", 48) is None
