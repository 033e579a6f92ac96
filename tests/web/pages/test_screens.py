"""Board and kiosk for other devices, and the kiosk on this one, which only the PIN leaves."""

import re

import pytest
from flask.testing import FlaskClient

from queueup.waitlist import Waitlist

PIN = "2468"


def test_the_other_screens_are_offered_by_address_and_qr_code(host: FlaskClient, code: str) -> None:
    for page in (f"/host/{code}", f"/host/{code}/screens"):
        shown = host.get(page).text.replace("<wbr>", "")
        for screen in ("board", "kiosk"):
            assert f"localhost/{screen}/{code}" in shown
            picture = host.get(f"/host/{code}/screens/{screen}.svg")
            assert picture.mimetype == "image/svg+xml"
            assert f"/host/{code}/screens/{screen}.svg" in shown


@pytest.mark.parametrize("has_pin", [True, False])
def test_the_kiosk_is_left_with_the_pin_if_there_is_one(
    host: FlaskClient, code: str, waitlist: Waitlist, has_pin: bool
) -> None:
    if has_pin:
        host.post(f"/host/{code}/devices", data={"do": "set-pin", "pin": PIN})
    opened = host.post(f"/host/{code}/kiosk")
    assert (opened.status_code, opened.location) == (303, f"/kiosk/{code}")

    assert waitlist.queue(code).devices[0].locked == has_pin
    console = host.get(f"/host/{code}")
    assert console.status_code == (403 if has_pin else 200)
    kiosk = host.get(f"/kiosk/{code}").text
    assert (f'href="/host/{code}"' in kiosk) == has_pin
    if has_pin:
        assert host.post(f"/host/{code}/unlock", data={"pin": PIN}).status_code == 303
        assert host.get(f"/host/{code}").status_code == 200
        assert f'href="/host/{code}"' not in host.get(f"/kiosk/{code}").text


def test_only_a_host_opens_the_kiosk_here(client: FlaskClient, code: str) -> None:
    assert client.post(f"/host/{code}/kiosk").status_code == 403
    assert client.get(f"/host/{code}/screens/board.svg").status_code == 403
    assert re.search(rf'href="/host/{code}"', client.get(f"/kiosk/{code}").text) is None
