"""A real Apache as a reverse proxy that compresses, where the machine has one."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.support.ports import free_port
from tests.support.running_service import eventually

PROGRAM = shutil.which("apache2") or shutil.which("httpd")
MODULES = Path("/usr/lib/apache2/modules")
CONFIGURATION = """
ServerRoot {folder}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
LoadModule filter_module {modules}/mod_filter.so
LoadModule deflate_module {modules}/mod_deflate.so
ProxyPass / {backend}/
AddOutputFilterByType DEFLATE text/html text/css text/javascript application/json image/svg+xml
"""


def is_installed() -> bool:
    """Tell whether there is an Apache with its modules (Debian: apache2-bin)."""
    return PROGRAM is not None and (MODULES / "mod_deflate.so").exists()


@contextmanager
def in_front_of(backend: str, folder: Path) -> Iterator[str]:
    """Run an Apache in front of a server; yield the URL of the proxy."""
    port = free_port()
    configuration = folder / "apache.conf"
    configuration.write_text(
        CONFIGURATION.format(folder=folder, port=port, modules=MODULES, backend=backend)
    )
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        [str(PROGRAM), "-f", str(configuration), "-D", "FOREGROUND"], stderr=subprocess.DEVNULL
    )
    try:
        eventually(lambda: _answers(url))
        yield url
    finally:
        process.terminate()
        process.wait(60)


def _answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (HTTPError, URLError, OSError):
        return False
