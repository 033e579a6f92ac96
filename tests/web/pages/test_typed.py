"""Codes, addresses, PINs and numbers are taken as people paste them, from every keyboard."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from queueup.typed import read_code
from queueup.waitlist import Waitlist
from tests.web.pages.filling_in import act, hidden

WIDE = str.maketrans({chr(letter): chr(letter + 0xFEE0) for letter in range(0x21, 0x7F)})
CYRILLIC = str.maketrans("ABEKMHPCTYXS", "АВЕКМНРСТУХЅ")
ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@pytest.mark.parametrize(
    "typed",
    [
        "KX7M2P",
        "kx7m2p.",
        "KX7M2P".translate(WIDE),
        "kx7m2p".translate(WIDE),
        "KX7M2P".translate(CYRILLIC),
        "KX7M2P".translate(ARABIC),
        "https://queue.example.org/KX7M2P",
        "https://abcdef.org/KX7M2P).",
        "abcdef.org/board/kx7m2p?lang=de",
        "http://10.0.0.5:8000/queue/KX7M2P/",
        "Trattoria Lucia https://queue.example.org/queue/KX7M2P",
        "Our code: KX7M2P!",
        "\u200eKX7M2P\u200b",
    ],
)
def test_a_code_is_found_in_what_is_pasted(typed: str) -> None:
    assert read_code(typed) == "KX7M2P"


@pytest.mark.parametrize(
    "typed", ["please or KX7M2P", "KX7M2", "KX7M20", "https://abcdef.org/", ""]
)
def test_what_may_be_several_codes_or_none_is_none(typed: str) -> None:
    assert read_code(typed) is None


@pytest.mark.parametrize(
    ("pasted", "page"),
    [
        ("/{code}", "/queue/{code}"),
        ("/{lower}", "/queue/{code}"),
        ("/{code}/", "/queue/{code}"),
        ("/{code}.", "/queue/{code}"),
        ("/{code})", "/queue/{code}"),
        ("/{code}%20", "/queue/{code}"),
        ("/{wide}", "/queue/{code}"),
        ("/{code}?lang=de", "/queue/{code}?lang=de"),
        ("/queue/{code}/", "/queue/{code}"),
        ("/queue/{code}.", "/queue/{code}"),
        ("/queue/{code}),", "/queue/{code}"),
        ("/queue/{code}%20%0A", "/queue/{code}"),
        ("/queue/{wide}", "/queue/{code}"),
        ("/queue/{code}/place.", "/queue/{code}/place"),
        ("/Queue/{lower}", "/queue/{code}"),
        ("/board/{code}/", "/board/{code}"),
        ("/kiosk/{code})", "/kiosk/{code}"),
        ("/host/{code}.", "/host/{code}"),
        ("/host/{code}/device)", "/host/{code}/device"),
        ("/new/", "/new"),
    ],
)
def test_an_address_leads_where_it_is_meant_to(
    client: FlaskClient, code: str, pasted: str, page: str
) -> None:
    names = {"code": code, "lower": code.lower(), "wide": code.translate(WIDE)}
    answer = client.get(pasted.format(**names))
    assert (answer.status_code, answer.location) == (303, page.format(**names))
    assert client.get(answer.location).status_code != 404


@pytest.mark.parametrize("path", ["/", "/nowhere", "/queue", "/ZZZZ99/dance", "/static/x.", "/."])
def test_other_addresses_are_as_they_were(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.location) == (200 if path == "/" else 404, None)


def test_a_bare_code_tells_nobody_which_codes_there_are(client: FlaskClient, code: str) -> None:
    for guess in (code, "ZZZZ99"):
        assert client.get(f"/{guess}").location == f"/queue/{guess}"
        assert client.post(f"/{guess}").status_code == 404
    assert client.get("/ZZZZ99", follow_redirects=True).status_code == 404


def test_the_front_page_takes_a_code_of_another_keyboard(client: FlaskClient, code: str) -> None:
    answer = client.get("/", query_string={"code": f" {code.lower().translate(WIDE)}. "})
    assert answer.location == f"/queue/{code}"


def test_numbers_of_other_keyboards_are_numbers(
    app: Flask, host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    phone = app.test_client()
    for number, (browser, path) in enumerate([(phone, "queue"), (app.test_client(), "kiosk")]):
        key = hidden(browser.get(f"/{path}/{code}"), "key")
        form = {"size": "more", "exactSize": "٩ ".translate(ARABIC), "key": key}
        browser.post(f"/{path}/{code}", data=form)
        assert waitlist.queue(code).parties[number].size == 9
    phone.post(f"/queue/{code}/do/size", data={"size": "３"})
    assert waitlist.queue(code).parties[0].size == 3


def test_a_pin_is_the_same_on_every_keyboard(host: FlaskClient, code: str) -> None:
    host.post(f"/host/{code}/devices", data={"do": "set-pin", "pin": "4812".translate(ARABIC)})
    for typed in ("4812", "4812".translate(WIDE), " 4812".translate(ARABIC)):
        host.post(f"/host/{code}/do/lock")
        assert host.get(f"/host/{code}").status_code == 403
        host.post(f"/host/{code}/unlock", data={"pin": typed})
        assert host.get(f"/host/{code}").status_code == 200


def test_an_invitation_is_the_same_on_every_keyboard(
    app: Flask, host: FlaskClient, code: str
) -> None:
    for keyboard in (WIDE, CYRILLIC):
        link = host.post(f"/api/queue/{code}/invite-device", json={}).json["url"]
        letters = link.rpartition("#")[2].lower().upper().translate(keyboard)
        tablet = app.test_client()
        form = {"invitation": f"{letters}).", "name": "Second"}
        assert tablet.post(f"/host/{code}/device", data=form).status_code == 303
        assert act(tablet, code, "nobody", "resume").status_code == 200
