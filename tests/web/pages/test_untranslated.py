"""Browsers that translate pages leave names, codes, tickets, tables and typed text alone."""

from html.parser import HTMLParser

from flask.testing import FlaskClient

from queueup.waitlist import Waitlist
from tests.web.pages.filling_in import act, join

TYPED = ("Lucia", "Will May", "red coat", "Window", "Rose", "The stove is on strike.")
VOID = {"meta", "link", "input", "img", "br", "wbr", "hr"}


class Translatable(HTMLParser):
    """Collects the text of a page that a browser may translate."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._kept: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter an element."""
        if tag in VOID:
            return
        is_kept = ("translate", "no") in attrs or tag in ("title", "script", "style")
        self._kept.append(is_kept or (bool(self._kept) and self._kept[-1]))

    def handle_endtag(self, tag: str) -> None:
        """Leave it."""
        if tag not in VOID:
            self._kept.pop()

    def handle_data(self, data: str) -> None:
        """Note text that is not to be left alone."""
        if data.strip() and not (self._kept and self._kept[-1]):
            self.words.append(data.strip())


def translatable(page: str) -> str:
    """Return the words that a browser may translate."""
    reader = Translatable()
    reader.feed(page)
    return " | ".join(reader.words)


def test_no_page_offers_what_people_typed_for_translation(
    host: FlaskClient, client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    join(client, code, "Will May")
    guest = waitlist.queue(code).parties[0]
    details = {"name": "Will May", "size": "2", "notes": "red coat", "seating": "Window"}
    act(host, code, guest.id, "edit", **details)
    act(host, code, guest.id, "message", text="The stove is on strike.")
    place = f"/queue/{code}/place"
    pages = [place, f"/queue/{code}", f"/board/{code}", f"/kiosk/{code}", "/"]
    hosts = [f"/host/{code}", f"/host/{code}/party/{guest.id}", f"/host/{code}/ended"]
    shown = [(path, client.get(path, follow_redirects=True).text) for path in pages]
    shown += [(path, host.get(path).text) for path in hosts]
    act(host, code, guest.id, "call")
    shown += [(path, client.get(path, follow_redirects=True).text) for path in pages]
    shown += [(path, host.get(path).text) for path in hosts]
    act(host, code, guest.id, "serve", table="Rose")
    shown += [(place, client.get(place).text)]
    shown += [(path, host.get(path).text) for path in hosts]
    for path, page in shown:
        words = translatable(page)
        for typed in (*TYPED, code, "#1"):
            assert typed not in words, path
