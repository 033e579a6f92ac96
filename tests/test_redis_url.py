"""Addresses of Redis that operators write, and mistakes in them."""

import pytest

from queueup.redis_url import SentinelAddress, read_address, without_password


@pytest.mark.parametrize(
    "url", ["redis://h:6379/0", "rediss://user:secret@h/1", "unix:///run/redis.sock"]
)
def test_a_single_server_names_no_sentinels(url: str) -> None:
    assert read_address(url) is None


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (
            "redis+sentinel://a:1,b,[::1]:3/main",
            SentinelAddress((("a", 1), ("b", 26379), ("::1", 3)), "main", {"db": 0}, {}),
        ),
        (
            "rediss+sentinel://us%40er:se%2Fcret@a/my%20house/2?sentinel_password=other",
            SentinelAddress(
                (("a", 26379),),
                "my house",
                {"db": 2, "username": "us@er", "password": "se/cret", "ssl": True},
                {"ssl": True, "password": "other"},
            ),
        ),
    ],
)
def test_sentinels_are_named_with_the_name_of_the_primary(
    url: str, address: SentinelAddress
) -> None:
    assert read_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://a:1",
        "redis+sentinel:///main",
        "redis+sentinel://a,,b/main",
        "redis+sentinel://a:port/main",
        "redis+sentinel://a/main/first",
        "redis+sentinel://a/main?socket_timeout=1",
        "redis+sentinel://a/main?sentinel_password",
        "redis+cluster://a/main",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        read_address(url)


def test_an_address_is_shown_without_its_passwords() -> None:
    shown = without_password("redis+sentinel://u:hidden@a:1,b/main?sentinel_password=hidden")
    assert shown == "a:1,b/main"
