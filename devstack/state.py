"""The state file: the secrets and ports of one data folder. Made once, readable by its owner only, never printed."""

import base64
import dataclasses
import json
import os
import secrets
from pathlib import Path

from devstack.errors import StackError
from devstack.ports import free_port, is_free

_FILE_NAME = "state.json"


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class State:
    """What must be the same at every start of one data folder. Without a repr: it would show secrets."""

    postgres_port: int
    valkey_port: int
    admin_password: str
    owner_password: str
    app_password: str
    valkey_password: str
    secret_key: str
    credentials_keys: str
    api_key_pepper: str
    jwt_hs256_secret: str


def load(folder: Path) -> State:
    """Read the folder's state, making what is missing; a port that was taken meanwhile is replaced."""
    path = folder / _FILE_NAME
    stored = _read(path) if path.exists() else None
    state = stored or _new_state()
    state = _with_free_ports(state)
    if state != stored:
        _write(path, state=state)
    return state


def read(folder: Path) -> State:
    """Read the state of a folder that a running stack holds."""
    return _read(folder / _FILE_NAME)


def write_private(path: Path, *, text: str) -> None:
    """Replace a file that only its owner may read, in one step."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def _new_state() -> State:
    return State(
        postgres_port=free_port(),
        valkey_port=free_port(),
        admin_password=secrets.token_hex(24),
        owner_password=secrets.token_hex(24),
        app_password=secrets.token_hex(24),
        valkey_password=secrets.token_hex(24),
        secret_key=secrets.token_urlsafe(50),
        credentials_keys="local:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        api_key_pepper=secrets.token_urlsafe(32),
        jwt_hs256_secret=secrets.token_urlsafe(48),
    )


def _with_free_ports(state: State) -> State:
    return dataclasses.replace(
        state,
        postgres_port=state.postgres_port if is_free(state.postgres_port) else free_port(),
        valkey_port=state.valkey_port if is_free(state.valkey_port) else free_port(),
    )


def _read(path: Path) -> State:
    try:
        stored = json.loads(path.read_text())
        return State(**stored)
    except OSError as error:
        raise StackError(f"The state file {path} cannot be read ({error.strerror}).") from error
    except (ValueError, TypeError) as error:
        message = f"The state file {path} is damaged; restore it, or remove {path.parent} to start from nothing."
        raise StackError(message) from error


def _write(path: Path, *, state: State) -> None:
    write_private(path, text=json.dumps(dataclasses.asdict(state), indent=2) + "\n")
