"""The JSON API."""

from flask.testing import FlaskClient


def test_a_queue_is_opened_and_joined(client: FlaskClient) -> None:
    created = client.post("/api/queue/create", json={"eventName": "Lucia", "maxGuests": 20}).json
    joined = client.post(f"/api/queue/{created['code']}/join", json={"name": "Ana", "size": 3})
    assert joined.status_code == 200
    assert joined.json["position"] == 1
