"""Which TCP ports of this machine are free. Only loopback is ever used."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass

from devstack.errors import StackError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the two processes listen that people talk to."""

    web: int
    simulator: int

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Ports":
        """Read PORT and SIMULATOR_PORT, and refuse when either is taken."""
        ports = cls(
            web=_port_number(environment, variable="PORT", default=8000),
            simulator=_port_number(environment, variable="SIMULATOR_PORT", default=8098),
        )
        require_free(ports.web, variable="PORT")
        require_free(ports.simulator, variable="SIMULATOR_PORT")
        return ports


def free_port() -> int:
    """Let the system pick a port nobody uses now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # Otherwise a port whose last connections are still fading out would look taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def require_free(port: int, *, variable: str) -> None:
    if not is_free(port):
        raise StackError(f"Port {port} is taken by another program; set {variable} to a free one.")


def _port_number(environment: Mapping[str, str], *, variable: str, default: int) -> int:
    text = environment.get(variable, str(default))
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 65536:
        raise StackError(f"{variable} must be a port number between 1 and 65535, not {text!r}.")
    return int(text)
