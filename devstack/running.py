"""How other commands find a stack that runs: a private file with its environment, valid while the folder is held."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from devstack import folder as folders
from devstack.state import write_private

_FILE_NAME = "running.json"
_NEEDED_TO_REACH_IT = (
    "DATABASE_URL", "CELERY_BROKER_URL", "REDIS_URL", "SECRET_KEY", "CREDENTIALS_KEYS", "API_KEY_PEPPER",
    "JWT_HS256_SECRET", "JWT_ISSUER", "JWT_AUDIENCE", "SIMULATOR_URL", "PUBLIC_URL", "DATA_DIR",
    "DJANGO_SETTINGS_MODULE",
)  # fmt: skip


@contextmanager
def announced(folder: Path, *, environment: Mapping[str, str]) -> Iterator[None]:
    """Tell others how to reach this stack, until it stops."""
    path = folder / _FILE_NAME
    needed = {name: environment[name] for name in _NEEDED_TO_REACH_IT if name in environment}
    write_private(path, text=json.dumps(needed, indent=2) + "\n")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def forget(folder: Path) -> None:
    """Remove what a stack that was killed could not remove itself."""
    (folder / _FILE_NAME).unlink(missing_ok=True)


def environment_of(folder: Path) -> dict[str, str] | None:
    """Return what is needed to reach the stack that runs in this folder; None when none is ready."""
    path = folder / _FILE_NAME
    if not folders.is_held(folder) or not path.exists():
        return None
    found: dict[str, str] = json.loads(path.read_text())
    return found
