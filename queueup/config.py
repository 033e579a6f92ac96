"""The settings: read once from the environment, validated and frozen."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from . import signing_keys
from .errors import BadSetting
from .redis_url import read_address

POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("TEXT", "JSON")
# How long a stopping web server waits for its connections. Longer than one may be idle, so that
# each client still gets a response on it or closes it.
WEB_GRACE_S = 20
# The name of a host on the internet.
HOST = re.compile(r"(?:[a-z0-9_-]+\.)+[a-z0-9-]+", re.IGNORECASE | re.ASCII)
TURNSTILE_VERIFY_URL = "https://challenges.cloudflare.com/turnstile/v0/siteverify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that differs between deployments; docs/configuration.md lists them."""

    host: str
    port: int
    data: Path
    redis_url: str
    answered_on: int
    database_url: str
    privacy_days: int
    web_processes: int
    log_level: str
    log_format: str
    app_base_url: str | None
    allowed_origins: frozenset[str]
    trusted_proxies: int
    host_auth_secret: str
    vapid_public: str
    vapid_private: str
    vapid_subject: str
    push_extra_origins: frozenset[str]
    turnstile_secret_key: str | None
    turnstile_site_key: str | None
    turnstile_verify_url: str
    ops_password: str | None
    metrics_token: str | None
    rate_limits: bool
    requests_at_once: int
    cache_mb: int
    legacy_sockets: bool
    legacy_sockets_limit: int
    legacy_sockets_ping_s: int

    @property
    def cache_bytes(self) -> int:
        """Return the limit of each of the two caches of a web process."""
        return self.cache_mb * 1024 * 1024 // 2

    @property
    def embedded_redis(self) -> bool:
        """Tell whether this program runs its own Redis."""
        return self.redis_url == embedded_redis_url(self.data)

    @property
    def replicas(self) -> int:
        """Return on how many replicas a change must be before it is answered."""
        return self.answered_on - 1


def read_settings(env: Mapping[str, str]) -> Settings:
    """Read the settings, and generate the keys that are not configured.

    Raises BadSetting.
    """
    data = Path(env.get("QUEUEUP_DATA") or "data").absolute()
    try:
        secrets = signing_keys.load_or_make(
            data,
            host_auth_secret=env.get("HOST_AUTH_SECRET"),
            vapid_public=env.get("VAPID_PUBLIC"),
            vapid_private=env.get("VAPID_PRIVATE"),
        )
    except OSError as error:
        raise BadSetting(f"QUEUEUP_DATA={data}: {error.strerror or error}.") from error
    turnstile_is_on = env.get("TURNSTILE_BYPASS") != "true"
    return Settings(
        host=env.get("HOST") or "127.0.0.1",
        port=_number(env, "PORT", 8000, 1, 65535),
        data=data,
        redis_url=_redis_url(env) or embedded_redis_url(data),
        answered_on=_answered_on(env),
        database_url=_database_url(env) or f"sqlite:///{data / 'history.db'}",
        privacy_days=_number(env, "PRIVACY_DAYS", 30, 0, 3650),
        web_processes=_number(env, "WEB_PROCESSES", 2, 1, 64),
        log_level=_choice(env, "LOG_LEVEL", "INFO", LOG_LEVELS),
        log_format=_choice(env, "LOG_FORMAT", "TEXT", LOG_FORMATS),
        app_base_url=_origin(env, "APP_BASE_URL"),
        allowed_origins=_origins(env, "ALLOWED_ORIGINS"),
        trusted_proxies=_number(env, "TRUSTED_PROXIES", 0, 0, 5),
        host_auth_secret=secrets.host_auth_secret,
        vapid_public=secrets.vapid_public,
        vapid_private=secrets.vapid_private,
        vapid_subject=_contact(env, "VAPID_SUBJECT", "mailto:operator@queueup.example"),
        push_extra_origins=_origins(env, "PUSH_EXTRA_ORIGINS"),
        turnstile_secret_key=(env.get("TURNSTILE_SECRET_KEY") or None) if turnstile_is_on else None,
        turnstile_site_key=env.get("TURNSTILE_SITE_KEY") or None,
        ops_password=env.get("OPS_PASSWORD") or None,
        metrics_token=env.get("METRICS_TOKEN") or None,
        rate_limits=_choice(env, "RATE_LIMITS", "1", ("0", "1")) == "1",
        # Two hundred pages take about a second; more requests would only wait longer.
        requests_at_once=_number(env, "REQUESTS_AT_ONCE", 200, 1, 4000),
        cache_mb=_number(env, "CACHE_MB", 128, 8, 65_536),
        legacy_sockets=_choice(env, "LEGACY_SOCKETS", "1", ("0", "1")) == "1",
        # The web server holds 4,000 connections a process, and polls need some of them.
        legacy_sockets_limit=_number(env, "LEGACY_SOCKETS_LIMIT", 3000, 1, 3500),
        legacy_sockets_ping_s=_number(env, "LEGACY_SOCKETS_PING_S", 30, 1, 60),
        turnstile_verify_url=_web_address(env, "TURNSTILE_VERIFY_URL", TURNSTILE_VERIFY_URL),
    )


def embedded_redis_url(data: Path) -> str:
    """Return where the embedded Redis of this data folder listens."""
    return f"unix://{quote(str(embedded_redis_socket(data)))}"


def embedded_redis_socket(data: Path) -> Path:
    """Return the socket of the embedded Redis of this data folder."""
    return data / "redis.sock"


def _number(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name) or str(default)
    if not text.isdecimal() or len(text) > 9 or not low <= int(text) <= high:
        raise BadSetting(f"{name}={text}: use a whole number from {low} to {high}.")
    return int(text)


def _choice(env: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    text = (env.get(name) or default).upper()
    if text not in choices:
        raise BadSetting(f"{name}={text}: use one of {', '.join(choices)}.")
    return text


def _redis_url(env: Mapping[str, str]) -> str | None:
    text = env.get("REDIS_URL")
    if not text:
        return None
    try:
        read_address(text)
    except ValueError as error:
        # The message must not contain the whole text: it has a password.
        raise BadSetting(
            "REDIS_URL: use redis://host:6379/0, rediss://host:6379/0, unix:///path or "
            "redis+sentinel://host1:26379,host2:26379/name."
        ) from error
    return text


def _answered_on(env: Mapping[str, str]) -> int:
    machines = _number(env, "ANSWERED_ON", 1, 1, 2)
    if machines > 1 and not env.get("REDIS_URL"):
        raise BadSetting(
            f"ANSWERED_ON={machines}: the embedded Redis has no replica. "
            "Set REDIS_URL to a Redis that has one."
        )
    return machines


def _database_url(env: Mapping[str, str]) -> str | None:
    text = env.get("DATABASE_URL")
    if not text:
        return None
    scheme, _, place = text.partition("://")
    # The message must not contain the whole text: it has a password.
    if scheme == "sqlite" and place.startswith("/") and len(place) > 1:
        return text
    if scheme in POSTGRESQL and place:
        return f"postgresql+psycopg://{place}"
    raise BadSetting(
        f"DATABASE_URL={scheme}: use postgresql://user:password@host/name or sqlite:////path."
    )


def _origin(env: Mapping[str, str], name: str) -> str | None:
    text = (env.get(name) or "").strip().rstrip("/")
    return _checked_origin(name, text) if text else None


def _origins(env: Mapping[str, str], name: str) -> frozenset[str]:
    listed = (part.strip().rstrip("/") for part in (env.get(name) or "").split(","))
    return frozenset(_checked_origin(name, text) for text in listed if text)


def _checked_origin(name: str, text: str) -> str:
    if not _is_web_address(text) or text.count("/") != 2 or set(text) & set("@?# "):
        raise BadSetting(f"{name}={text}: use an origin such as https://queue.example.org.")
    # Browsers write origins in lower case.
    return text.lower()


def _web_address(env: Mapping[str, str], name: str, default: str) -> str:
    text = env.get(name) or default
    if not _is_web_address(text):
        raise BadSetting(f"{name}={text}: use an address such as https://example.org/path.")
    return text


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # an invalid port or IPv6 address
        return False


def _contact(env: Mapping[str, str], name: str, default: str) -> str:
    text = (env.get(name) or default).strip()
    kind, _, rest = text.partition(":")
    # Apple answers 403 to spaces, brackets and localhost in a contact address, and the library that
    # signs calls it missing with a path, a port or a host without a dot.
    if kind == "https" and rest.startswith("//"):
        text = text.rstrip("/")
        is_contact = HOST.fullmatch(text.removeprefix("https://"))
    else:
        user, _, host = rest.rpartition("@")
        is_contact = HOST.fullmatch(host) if kind == "mailto" and user else None
    if not is_contact or set(text) & set(" <>") or "localhost" in text:
        raise BadSetting(
            f"{name}={text}: use mailto:you@example.org, or https://example.org without a path."
        )
    return text
