"""Free ports that stay ours: a part needs its port in its configuration before it starts, and again after a crash."""

import socket


class HeldPorts:
    """Ports of the loopback address, held by sockets that are bound and never listen.

    A part binds and listens on its port beside us, because both sides set SO_REUSEADDR; nobody else is given the port
    by the kernel, also while the part is down between a crash and its restart.
    """

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def take(self) -> int:
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        self._sockets.append(holder)
        port: int = holder.getsockname()[1]
        return port

    def address(self) -> str:
        """A fresh port as host:port."""
        return f"127.0.0.1:{self.take()}"

    def release(self) -> None:
        while self._sockets:
            self._sockets.pop().close()
