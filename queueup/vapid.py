"""VAPID (RFC 8292): the signed tokens by which push services know who sends."""

import threading
import time
from collections import OrderedDict

from .errors import BadSetting

# Apple wants tokens to be reused for at least an hour; all reject more than 24 hours.
TOKEN_S = 12 * 3600
TOKEN_USED_S = 6 * 3600
ANY_SERVICE = "https://push.example.org"
# Far more than there are push services.
TOKENS = 500


def check_signing(private_key: str, subject: str) -> None:
    """Sign once, as for the first push. Raises BadSetting."""
    from py_vapid import VapidException

    try:
        Tokens(private_key, subject).token(ANY_SERVICE)
    except (ValueError, VapidException) as error:
        raise BadSetting(
            f"VAPID_SUBJECT={subject} with VAPID_PRIVATE: push messages can't be signed: {error}"
        ) from error


class Tokens:
    """VAPID tokens (RFC 8292): one for each push service, used for hours."""

    def __init__(self, private_key: str, subject: str) -> None:
        self._private_key = private_key
        self._subject = subject
        self._kept: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def token(self, origin: str) -> str:
        """Return the Authorization header for a push service."""
        with self._lock:
            header, until = self._kept.get(origin, ("", 0.0))
            if time.time() >= until:
                header, until = self._sign(origin), time.time() + TOKEN_USED_S
            self._kept[origin] = (header, until)
            # Guests choose the names of some services: those that are not used make room first.
            self._kept.move_to_end(origin)
            if len(self._kept) > TOKENS:
                self._kept.popitem(last=False)
            return header

    def _sign(self, origin: str) -> str:
        from py_vapid import Vapid02

        claims = {"sub": self._subject, "aud": origin, "exp": int(time.time()) + TOKEN_S}
        signed: dict[str, str] = Vapid02.from_raw(self._private_key.encode()).sign(claims)
        return signed["Authorization"]
