"""Every setting is read, has a default that works, and refuses nonsense in one sentence."""

from pathlib import Path

import pytest

from queueup import signing_keys
from queueup.config import read_settings
from queueup.errors import BadSetting

# A pair of other keys than those that a test makes.
OTHER_PRIVATE = signing_keys.base64url(b"\1" * 32)


def test_an_empty_environment_gives_a_service_of_this_machine_only(tmp_path: Path) -> None:
    settings = read_settings({"QUEUEUP_DATA": str(tmp_path)})
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.embedded_redis
    assert settings.redis_url == f"unix://{tmp_path}/redis.sock"
    assert settings.trusted_proxies == 0
    assert settings.allowed_origins == frozenset()


def test_a_setting_left_empty_is_as_one_not_given(tmp_path: Path) -> None:
    data = {"QUEUEUP_DATA": str(tmp_path)}
    names = ("HOST", "PORT", "REDIS_URL", "LOG_LEVEL", "APP_BASE_URL", "ALLOWED_ORIGINS")
    assert read_settings(data | dict.fromkeys(names, "")) == read_settings(data)


@pytest.mark.parametrize(
    ("name", "nonsense"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "8000.5"),
        ("PORT", "9" * 5000),
        ("WEB_PROCESSES", "0"),
        ("WEB_PROCESSES", "many"),
        ("TRUSTED_PROXIES", "yes"),
        ("TRUSTED_PROXIES", "6"),
        ("LOG_LEVEL", "LOUD"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "http://localhost:6379"),
        ("REDIS_URL", "redis://localhost:port"),
        ("REDIS_URL", "redis://localhost:6379?socket_timeout=soon"),
        ("REDIS_URL", "redis+sentinel://localhost:26379"),
        ("ANSWERED_ON", "0"),
        ("ANSWERED_ON", "3"),
        ("ANSWERED_ON", "2"),  # of the embedded Redis there is only one
        ("APP_BASE_URL", "queue.example.org"),
        ("APP_BASE_URL", "ftp://queue.example.org"),
        ("APP_BASE_URL", "https://"),
        ("APP_BASE_URL", "https://queue.example.org/path"),
        ("APP_BASE_URL", "https://queue.example.org?a=b"),
        ("APP_BASE_URL", "https://queue.example.org#part"),
        ("APP_BASE_URL", "https://name@queue.example.org"),
        ("APP_BASE_URL", "https://queue.example.org:https"),
        ("APP_BASE_URL", "https://[queue"),
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_ORIGINS", "https://good.example.org, bad.example.org"),
        ("TURNSTILE_VERIFY_URL", "challenges.example.org"),
        ("TURNSTILE_VERIFY_URL", "https://[challenges"),
        ("VAPID_SUBJECT", "operator@example.org"),
        ("VAPID_SUBJECT", "mailto:"),
        ("VAPID_SUBJECT", "mailto: <operator@example.org>"),
        ("VAPID_SUBJECT", "mailto:operator@localhost"),
        ("VAPID_SUBJECT", "http://example.org"),
        ("VAPID_SUBJECT", "https://"),
        ("VAPID_SUBJECT", "https://example.org/contact"),
        ("VAPID_SUBJECT", "https://example.org:8443"),
        ("VAPID_SUBJECT", "https://example.org?contact"),
        ("VAPID_SUBJECT", "https://example"),
        ("VAPID_SUBJECT", "mailto:operator@example"),
        ("VAPID_SUBJECT", "mailto:operator@.org"),
    ],
)
def test_nonsense_is_refused_in_one_sentence_that_names_the_setting(
    tmp_path: Path, name: str, nonsense: str
) -> None:
    assert name in refusal(tmp_path, **{name: nonsense})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"VAPID_PRIVATE": OTHER_PRIVATE}, "set both or neither"),
        ({"VAPID_PUBLIC": "BAAA"}, "set both or neither"),
        ({"VAPID_PUBLIC": "BAAA", "VAPID_PRIVATE": OTHER_PRIVATE}, "not the public half"),
        ({"VAPID_PUBLIC": "BAAA", "VAPID_PRIVATE": "no key"}, "not a base64url P-256"),
        ({"VAPID_PUBLIC": "BAAA", "VAPID_PRIVATE": "AAAA"}, "not a base64url P-256"),
    ],
)
def test_vapid_keys_that_are_none_are_refused(
    tmp_path: Path, given: dict[str, str], said: str
) -> None:
    assert said in refusal(tmp_path, **given)


def test_the_password_of_a_redis_address_is_never_repeated(tmp_path: Path) -> None:
    assert "hidden" not in refusal(tmp_path, REDIS_URL="redis://:hidden@localhost:port")
    assert "hidden" not in refusal(tmp_path, REDIS_URL="redis+sentinel://:hidden@localhost")


def test_a_damaged_key_in_the_data_folder_is_refused_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "vapid_private.key").write_text("damaged\n")
    assert "VAPID_PRIVATE" in refusal(tmp_path)
    assert (tmp_path / "vapid_private.key").read_text() == "damaged\n"


def test_an_empty_secret_in_the_data_folder_is_refused_and_not_used(tmp_path: Path) -> None:
    (tmp_path / "host_auth.secret").touch()
    assert "host_auth.secret is empty" in refusal(tmp_path)


def test_origins_are_a_comma_list_where_a_last_slash_and_capitals_do_not_matter(
    tmp_path: Path,
) -> None:
    settings = read_settings(
        {
            "QUEUEUP_DATA": str(tmp_path),
            "ALLOWED_ORIGINS": " https://One.example.org/ ,http://127.0.0.1:5173,",
        }
    )
    assert settings.allowed_origins == {"https://one.example.org", "http://127.0.0.1:5173"}


def refusal(data: Path, **settings: str) -> str:
    """Return the one sentence with which these settings are refused."""
    with pytest.raises(BadSetting) as refused:
        read_settings({"QUEUEUP_DATA": str(data), **settings})
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence
