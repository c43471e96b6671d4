"""How an answer's bytes leave the socket: whole, never, torn, or one at a time.

Each function returns whether the connection may carry another exchange.
"""

import select
import socket
import struct
import time

from simulator.wire import Manner, Response

HANG_SECONDS_MAX = 600.0
_ABORT = struct.pack("ii", 1, 0)


def transmit(response: Response, *, sock: socket.socket) -> bool:
    match response.manner:
        case Manner.WHOLE:
            sock.sendall(response.head() + response.body)
            return True
        case Manner.HANG:
            wait_until_closed(sock, seconds=min(response.pace_seconds, HANG_SECONDS_MAX))
        case Manner.RESET:
            abort(sock)
        case Manner.DRIP_HEAD:
            _drip(response.head() + response.body, sock=sock, pace_seconds=response.pace_seconds)
        case Manner.DRIP_BODY:
            sock.sendall(response.head())
            _drip(response.body, sock=sock, pace_seconds=response.pace_seconds)
    return False


def abort(sock: socket.socket) -> None:
    """Close with a reset instead of an orderly end, as a crashing peer or a firewall does."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    sock.close()


def wait_until_closed(sock: socket.socket, *, seconds: float) -> None:
    """Say nothing until the caller gives up or the time is over."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        readable, _, _ = select.select([sock], [], [], left)
        if readable and not sock.recv(65536):
            return


def _drip(data: bytes, *, sock: socket.socket, pace_seconds: float) -> None:
    for position in range(len(data)):
        sock.sendall(data[position : position + 1])
        readable, _, _ = select.select([sock], [], [], pace_seconds)
        if readable and not sock.recv(65536):
            return
