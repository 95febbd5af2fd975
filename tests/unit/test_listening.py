"""The list of listening sockets sees what it should: otherwise an empty one would prove nothing."""

import socket

from tests.support.listening import beyond_loopback, listening


def test_a_socket_on_all_addresses_is_seen_and_one_on_loopback_is_told_apart() -> None:
    with socket.create_server(("0.0.0.0", 0)) as everywhere, socket.create_server(("127.0.0.1", 0)) as here:
        seen = listening()
        open_to_all = beyond_loopback(seen)
        assert here.getsockname() in seen
        assert everywhere.getsockname() in open_to_all
        assert here.getsockname() not in open_to_all
