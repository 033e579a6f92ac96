"""Routes that a test process compiles once, though most tests make an app of their own.

Werkzeug compiles a function for each route, which takes most of the time of making an app.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.routing import Rule


class CompiledRule(Rule):
    """A rule that takes its function from one of the same text, which has the same."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in _kept:
            _kept[key] = super()._compile_builder(append_unknown)
        return _kept[key]


_kept: dict[Any, Callable[..., tuple[str, str]]] = {}


def compile_routes_once() -> None:
    """Let all apps of this process share the functions of their routes."""
    Flask.url_rule_class = CompiledRule
