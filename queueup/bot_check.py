"""The optional bot check for opening and joining a queue: Cloudflare Turnstile's siteverify."""

from http import HTTPStatus

import requests


class BotCheckFailed(Exception):
    """The check failed; `codes` are the verifier's error codes."""

    def __init__(self, sentence: str, codes: list[str]) -> None:
        super().__init__(sentence)
        self.codes = codes


class BotCheck:
    """Verifies tokens; without a secret key, everyone passes."""

    def __init__(self, secret_key: str | None, verify_url: str) -> None:
        self._secret_key = secret_key
        self._verify_url = verify_url
        # To connect, and between two bytes of the response.
        self.timeout_s = (3.0, 5.0)

    @property
    def is_on(self) -> bool:
        """Tell whether tokens are required."""
        return self._secret_key is not None

    def require(self, token: object) -> None:
        """Verify a token.

        Raises BotCheckFailed, also when the verifier does not respond or makes no sense.
        """
        if not self.is_on:
            return
        if not isinstance(token, str) or not token.strip():
            raise BotCheckFailed("Turnstile verification required", ["missing-input-response"])
        codes = self._ask(token)
        if codes is not None:
            raise BotCheckFailed("Turnstile verification failed", codes)

    def _ask(self, token: str) -> list[str] | None:
        """Return None for a valid token, else the verifier's error codes."""
        try:
            answer = requests.post(
                self._verify_url,
                data={"secret": self._secret_key, "response": token},
                timeout=self.timeout_s,
                allow_redirects=False,
            )
            verdict = answer.json()
        except (requests.RequestException, RecursionError):
            return ["internal-error"]
        if answer.status_code != HTTPStatus.OK or not isinstance(verdict, dict):
            return ["internal-error"]
        if verdict.get("success") is True:
            return None
        codes = verdict.get("error-codes")
        return [str(code) for code in codes] if isinstance(codes, list) else []
