"""The origin of this service, as links and cookies need it."""

from flask import request

from queueup.services import services


def own_origin() -> str:
    """Return the origin that links to this service start with."""
    return services().settings.app_base_url or request.host_url.rstrip("/")


def came_by_https() -> bool:
    """Tell whether the browser came by HTTPS, also when the proxy that ended it does not say so."""
    return (
        request.is_secure or services().settings.app_base_url == f"https://{request.host.lower()}"
    )
