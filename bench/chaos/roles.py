"""What a forked child is: one process of the service with one job, on connections of its own, until it is killed."""

import socket
import time
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections

from common import clock
from events.services import dispatch, sending
from payments.services import check
from reconciliation import apply, sweep

_IDLE_SECONDS = 0.02
_DELIVER_FOR = timedelta(seconds=1)


class Role(StrEnum):
    WEB = "web"
    SETTLE = "settle"
    WORKER = "worker"
    DELIVER = "deliver"


# The flows that each role runs; their steps are where it can die.
FLOWS_OF = {
    Role.WEB: ("create", "same key again", "cancel", "fallback", "webhook", "check"),
    Role.SETTLE: ("settle",),
    Role.WORKER: ("sweep", "check"),
    Role.DELIVER: ("dispatch", "deliver"),
}


def run(role: Role, *, application: WSGIHandler, listening: socket.socket, began: Callable[[], None]) -> None:
    """Work for ever. `began` is called when the first piece of work is taken."""
    match role:
        case Role.WEB:
            _serve(application, listening=listening, began=began)
        case Role.SETTLE:
            _settle(began)
        case Role.WORKER:
            _work(began)
        case Role.DELIVER:
            _deliver(began)


def _serve(application: WSGIHandler, *, listening: socket.socket, began: Callable[[], None]) -> None:
    server = _Server(listening.getsockname(), _Handler, bind_and_activate=False)
    server.socket = listening
    server.server_name, server.server_port = listening.getsockname()
    server.setup_environ()
    server.set_app(application)
    server.began = began
    while True:
        server.handle_request()


class _Server(WSGIServer):
    began: Callable[[], None]

    def verify_request(self, request: object, client_address: object) -> bool:
        self.began()
        return True

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller who hung up is not worth a line."""


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
        """No line per request."""


def _settle(began: Callable[[], None]) -> None:
    while True:
        close_old_connections()
        if apply.apply_inbox(now=clock.now()):
            began()
        else:
            time.sleep(_IDLE_SECONDS)


def _work(began: Callable[[], None]) -> None:
    """The sweep and its tasks in one process: each claim is run as the worker's task would."""
    while True:
        close_old_connections()
        claims = sweep.sweep(now=clock.now())
        if not claims:
            time.sleep(_IDLE_SECONDS)
        for claim in claims:
            began()
            close_old_connections()
            check.run_claim(claim, now=clock.now())


def _deliver(began: Callable[[], None]) -> None:
    """What the dispatcher and the sender of a worker do, in turns."""
    while True:
        close_old_connections()
        if dispatch.dispatch(now=clock.now()):
            began()
        if sending.deliver(run_for=_DELIVER_FOR):
            began()
        else:
            time.sleep(_IDLE_SECONDS)
