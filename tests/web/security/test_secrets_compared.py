"""Secrets are compared in constant time."""

import ast
from pathlib import Path

import pytest

WEB = Path(__file__).parents[3] / "queueup"
# All comparisons of secrets are in these files.
COMPARING = ("web/auth/hosts.py", "web/ops.py", "notifications/service.py")
SECRET_WORDS = ("token", "secret", "password", "pin", "session_id", "signature")


def mentions_a_secret(node: ast.AST) -> bool:
    """Return whether an expression is named like a secret."""
    names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    names += [part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)]
    names += [
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    return any(word == name or name.endswith(f"_{word}") for name in names for word in SECRET_WORDS)


def plain_comparisons(text: str) -> list[str]:
    """Return the places where something that is named like a secret is compared with ==."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Compare)
        and any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
        and any(mentions_a_secret(side) for side in [node.left, *node.comparators])
        and not any(ast.unparse(side) in ("''", "None") for side in node.comparators)
    ]


def test_a_plain_comparison_would_be_found() -> None:
    assert plain_comparisons("given.token == token") and plain_comparisons("secret != 'x'")


@pytest.mark.parametrize("name", COMPARING)
def test_secrets_are_compared_in_constant_time(name: str) -> None:
    text = (WEB / name).read_text()
    assert "compare_digest(" in text
    assert plain_comparisons(text) == []


def test_nobody_else_in_the_web_compares_secrets() -> None:
    for path in sorted((WEB / "web").rglob("*.py")):
        assert plain_comparisons(path.read_text()) == [], path.name


def test_a_pin_is_checked_by_the_librarys_slow_comparison() -> None:
    text = (WEB / "web" / "auth" / "pins.py").read_text()
    assert "check_password_hash, queue.pin_hash, " in text
    assert plain_comparisons(text) == []
