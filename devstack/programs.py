"""The processes of the service and how each is started. docs/architecture.md says what each is for."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from devstack.folder import ROOT
from devstack.ports import LOOPBACK, Ports
from devstack.processes import Program, rotate_log

# Celery warns at every start that it runs as root; on one's own machine that is known and harmless.
_CELERY = ("-W", "ignore:::celery.platforms", "-m", "celery", "--quiet", "-A", "payments_project.celery:app")
# Without query strings: they can carry personal data.
_ACCESS_LINE = "%(method)s %(path)s -> %(status)d, %(dt_ms).1f ms"
_WORKER_THREADS = "4"
_WORKER = ("worker", "--loglevel", "info", "--without-mingle", "--without-gossip")


# A request may wait for a gateway for GATEWAY_TOTAL_SECONDS, 20 when nothing else is set. With nothing under way the
# server ends at once.
WEB_STOP_SECONDS = 25
_STOP_SECONDS_MAX = 30.0


def of_simulator(environment: Mapping[str, str], *, ports: Ports, folder: Path) -> Program:
    arguments = ("-m", "simulator", "--port", str(ports.simulator), "--data-dir", str(folder / "simulator"))
    return _python("simulator", *arguments, environment=environment, folder=folder)


def of_web(environment: Mapping[str, str], *, ports: Ports, folder: Path) -> Program:
    """The HTTP server. Threads wait for gateways, so there are more of them than processors."""
    threads = os.environ.get("WEB_THREADS", "16")
    options = {
        "--interface": "wsgi",
        "--host": LOOPBACK,
        "--port": str(ports.web),
        "--workers": os.environ.get("WEB_WORKERS", "2"),
        "--blocking-threads": threads,
        # One thread per process reads and writes the sockets; more only pass the requests to and fro.
        "--runtime-mode": "st",
        "--backlog": "4096",
        "--workers-kill-timeout": str(WEB_STOP_SECONDS),
        "--respawn-interval": "0.5",
        "--log-level": "info",
        "--access-log-fmt": _ACCESS_LINE,
    }
    arguments = [word for pair in options.items() for word in pair]
    flags = ("--respawn-failed-workers", "--access-log" if _has_access_log() else "--no-access-log")
    command = ("-m", "granian", *arguments, *flags, "payments_project.wsgi:application")
    return _python("web", *command, environment={**environment, "WEB_THREADS": threads}, folder=folder)


def of_workers(environment: Mapping[str, str], *, folder: Path) -> list[Program]:
    """Settling has a worker of its own: a slow gateway must not hold back money that has arrived."""
    settle = (*_CELERY, *_WORKER, "-n", "settle@%h", "-Q", "settle", "-P", "solo")
    threads = ("-P", "threads", "-c", _WORKER_THREADS)
    others = (*_CELERY, *_WORKER, "-n", "worker@%h", "-Q", "gateways,events,default", *threads)
    return [
        _python("worker-settle", *settle, environment=environment, folder=folder),
        # The same part of its threads is for one gateway as in the web process.
        _python("worker", *others, environment={**environment, "WEB_THREADS": _WORKER_THREADS}, folder=folder),
    ]


def of_beat(environment: Mapping[str, str], *, folder: Path) -> Program:
    # No pid file: the supervisor already sees to it that there is one beat, and a stale file would stop a restart.
    command = (*_CELERY, "beat", "--loglevel", "info", "--pidfile=")
    return _python("beat", *command, environment=environment, folder=folder)


def manage(*arguments: str) -> list[str]:
    """Return the command line of a manage.py command."""
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def _has_access_log() -> bool:
    return os.environ.get("WEB_ACCESS_LOG", "on") != "off"


def _python(name: str, *arguments: str, environment: Mapping[str, str], folder: Path) -> Program:
    log = rotate_log(folder / "logs" / f"{name}.log")
    return Program(
        name=name,
        command=(sys.executable, *arguments),
        environment=environment,
        cwd=ROOT,
        log=log,
        stop_seconds_max=_STOP_SECONDS_MAX,
    )
