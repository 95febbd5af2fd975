"""Which sockets this process and everything it started listen on."""

from __future__ import annotations

from ipaddress import ip_address

import psutil


def listening() -> dict[tuple[str, int], str]:
    """Return address and port of every listening TCP socket, with the name of the process that holds it."""
    own = psutil.Process()
    found = {}
    for process in (own, *own.children(recursive=True)):
        for one in process.net_connections(kind="tcp"):
            if one.status == psutil.CONN_LISTEN:
                found[one.laddr.ip, one.laddr.port] = process.name()
    return found


def beyond_loopback(sockets: dict[tuple[str, int], str]) -> dict[tuple[str, int], str]:
    """Keep the sockets another machine could reach."""
    return {place: name for place, name in sockets.items() if not _address(place[0]).is_loopback}


def _address(text: str):  # type: ignore[no-untyped-def]
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address
