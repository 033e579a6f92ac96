"""A desktop that shows notifications (freedesktop.org specification), as far as a browser needs."""

import subprocess
import threading
from typing import Any

from jeepney import (
    DBusAddress,
    HeaderFields,
    MessageType,
    message_bus,
    new_method_return,
    new_signal,
)
from jeepney.io.threading import DBusConnection, ReceiveStopped, open_dbus_connection

from tests.support.running_service import eventually

NAME = "org.freedesktop.Notifications"
PLACE = DBusAddress("/org/freedesktop/Notifications", interface=NAME)


class Desktop:
    """A message bus of its own with one service on it; `address` leads browsers to it."""

    def __init__(self) -> None:
        self.titles: dict[int, str] = {}
        self._is_known = threading.Event()
        self._bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--print-address", "--nofork"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._bus.stdout is not None
        self.address = self._bus.stdout.readline().strip()
        self._bus.stdout.close()

    def __enter__(self) -> "Desktop":
        self._connection: DBusConnection = open_dbus_connection(self.address)
        self._connection.send(message_bus.RequestName(NAME))
        # A browser that starts before the name is taken never looks for it again.
        while self._connection.receive().header.message_type is not MessageType.method_return:
            pass
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.interrupt()
        self._thread.join(60)
        self._connection.close()
        self._bus.terminate()
        self._bus.wait(60)

    def wait_for_browser(self) -> None:
        """Wait until a browser has found out what this desktop can show."""
        assert self._is_known.wait(60)

    def click(self, title: str) -> None:
        """Click on the notification of this title."""
        number = eventually(self._number, title)
        self._connection.send(new_signal(PLACE, "ActionInvoked", "us", (number, "default")))

    def _number(self, title: str) -> int | None:
        return next((shown for shown, text in self.titles.copy().items() if text == title), None)

    def _serve(self) -> None:
        while True:
            try:
                asked = self._connection.receive()
            except ReceiveStopped:
                return
            if asked.header.message_type is MessageType.method_call:
                signature, answer = self._answer(
                    asked.header.fields[HeaderFields.member], asked.body
                )
                self._connection.send(new_method_return(asked, signature, answer))

    def _answer(self, method: str, body: tuple[Any, ...]) -> tuple[str | None, tuple[Any, ...]]:
        match method:
            case "GetCapabilities":
                return "as", (["actions", "body", "persistence"],)
            case "GetServerInformation":
                self._is_known.set()
                return "ssss", ("Desktop", "tests", "1", "1.2")
            case "Notify":
                number = body[1] or len(self.titles) + 1
                self.titles[number] = body[3]
                return "u", (number,)
            case "CloseNotification":
                self.titles.pop(body[0], None)
        return None, ()
