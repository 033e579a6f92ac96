"""Links and QR codes name our host: the configured one, or one that can be."""

import pytest
import segno

from queueup import create_app
from queueup.config import read_settings
from queueup.services import EXTENSION
from queueup.web.middleware.request_guard import is_host
from queueup.web.templating import qr_codes


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("queue.example.org:8000", True),
        ("[2001:db8::1]:8000", True),
        (".".join(["a" * 50] * 4 + ["a" * 49]), True),
        (".".join(["a" * 50] * 5), False),
        ("a" * 64, False),
        ("xn--99999999", False),
        ("x:0", False),
        ("x:65536", False),
        ("a_b", False),
    ],
)
def test_a_host_can_be_decoded_and_is_no_longer_than_a_name_may_be(host: str, is_one: bool) -> None:
    assert is_host(host) is is_one


def test_a_qr_code_is_of_the_configured_address(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def make(link: str, **options: object) -> segno.QRCode:
        drawn.append(link)
        return segno.make(link, **options)  # type: ignore[arg-type]

    qr_codes.qr_svg.cache_clear()
    qr_codes.qr_code.cache_clear()
    monkeypatch.setattr(qr_codes, "segno", type("Segno", (), {"make": staticmethod(make)}))
    app = create_app(read_settings(env | {"APP_BASE_URL": "https://queue.example.org"}))
    other = {"Host": "other.example"}
    tablet = app.test_client()
    opened = tablet.post("/api/queue/create", json={"eventName": "Lucia", "maxGuests": 9})
    code = opened.json["code"]
    for path in (f"/board/{code}", f"/kiosk/{code}"):
        assert "other.example" not in tablet.get(path, headers=other).text
    assert drawn
    assert all(link.startswith("https://queue.example.org/") for link in drawn)
    app.extensions[EXTENSION].redis.close()
