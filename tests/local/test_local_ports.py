"""A held port is ours to listen on and nobody else's to be given."""

import socket

import pytest

from chartline.local.ports import HeldPorts


def test_a_part_can_listen_beside_the_holder() -> None:
    ports = HeldPorts()
    address = ports.address()
    reached = ("127.0.0.1", int(address.rpartition(":")[2]))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(reached)
    with socket.socket() as part:
        part.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        part.bind(reached)
        part.listen()
        socket.create_connection(reached).close()
    ports.release()


def test_the_kernel_gives_held_ports_to_nobody() -> None:
    ports = HeldPorts()
    held = {ports.take() for _ in range(50)}
    assert len(held) == 50
    others = [socket.socket() for _ in range(500)]
    for other in others:
        other.bind(("127.0.0.1", 0))
    assert not held & {other.getsockname()[1] for other in others}
    for other in others:
        other.close()
    ports.release()
