"""The public origin of this service, for links and cookies."""

from flask import request

from queueup.services import services


def own_origin() -> str:
    """Return the origin that links to this service begin with."""
    return services().settings.app_base_url or request.host_url.rstrip("/")


def came_by_https() -> bool:
    """Return whether the browser uses HTTPS, also behind a TLS proxy that does not say so."""
    return (
        request.is_secure or services().settings.app_base_url == f"https://{request.host.lower()}"
    )
