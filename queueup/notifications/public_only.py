"""Connections that end when a name has led into the private network (SSRF)."""

import ipaddress
import socket

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError


class PublicAdapter(HTTPAdapter):
    """Sends by HTTPS to public addresses only, once, and never tries again."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)
        self.poolmanager.pool_classes_by_scheme = {"https": _Pool}


class _Connection(HTTPSConnection):
    """A connection that looks where it has come to before it says a word."""

    def _new_conn(self) -> socket.socket:
        # Looking up the name beforehand would prove nothing: the next answer may be another.
        reached = super()._new_conn()
        if not ipaddress.ip_address(reached.getpeername()[0]).is_global:
            reached.close()
            raise NewConnectionError(self, "the name leads to an address that is not public")
        return reached


class _Pool(HTTPSConnectionPool):
    """A pool of such connections."""

    ConnectionCls = _Connection
