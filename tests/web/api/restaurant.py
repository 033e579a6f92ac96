"""One queue as its host and guests use it over the API."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class Restaurant:
    """Opens a queue; the host authenticates by header, guests by the id of their party."""

    def __init__(self, caller: FlaskClient, **fields: Any) -> None:
        self.caller = caller
        body = {"eventName": "Lucia", "maxGuests": 20} | fields
        self.opened: dict[str, Any] = caller.post("/api/queue/create", json=body).json
        self.code: str = self.opened["code"]
        self.path = f"/api/queue/{self.code}"
        self.host = {"x-host-auth": self.opened["hostAuthToken"]}

    def post(self, action: str, as_host: bool = False, **request: Any) -> TestResponse:
        """Send one action."""
        headers = dict(request.pop("headers", {})) | (self.host if as_host else {})
        return self.caller.post(f"{self.path}/{action}", headers=headers, **request)

    def join(self, name: str, size: int = 1, **headers: str) -> str:
        """Let a party join and return its id."""
        answer = self.post("join", json={"name": name, "size": size}, headers=headers)
        assert answer.status_code == 200, answer.text
        party_id: str = answer.json["partyId"]
        return party_id

    def call_next(self) -> None:
        """Call the first of the line."""
        assert self.post("advance", as_host=True).status_code == 200

    def snapshot(
        self, party_id: str | None = None, as_host: bool = False, **headers: str
    ) -> TestResponse:
        """Poll as a guest, as the host, or unauthenticated."""
        query = {"partyId": party_id} if party_id else None
        all_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        all_headers |= self.host if as_host else {}
        return self.caller.get(f"{self.path}/snapshot", query_string=query, headers=all_headers)

    def state(self) -> dict[str, Any]:
        """Return what the host sees."""
        answer = self.snapshot(as_host=True)
        assert answer.status_code == 200, answer.text
        view: dict[str, Any] = answer.json
        return view


def refusal(answer: TestResponse) -> tuple[int, str]:
    """Return the status and the sentence of a refusal, which must be of the wire's shape."""
    assert set(answer.json) <= {"error", "errors"}
    return answer.status_code, answer.json["error"]
