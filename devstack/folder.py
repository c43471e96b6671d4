"""The data folder: where it is, that it can be used, and that one stack at a time holds it."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devstack.errors import AlreadyRunning, StackError

ROOT = Path(__file__).resolve().parent.parent
_LEFTOVER_AGE_SECONDS = 600
# The files inside are private; the folder itself must let the database's own user pass through.
_FOLDER_MODE = 0o711


def default_path() -> Path:
    """Return DEVSTACK_DIR, or `.data` in the checkout."""
    return Path(os.environ.get("DEVSTACK_DIR") or ROOT / ".data").absolute()


def prepare(path: Path) -> Path:
    """Make the data folder when it is missing, and refuse one that cannot be used."""
    try:
        if not path.exists():
            path.mkdir(parents=True)
            path.chmod(_FOLDER_MODE)
        with tempfile.TemporaryFile(dir=path):
            pass
    except NotADirectoryError as error:
        raise StackError(f"The data folder {path} is not a folder; move it away, or set DEVSTACK_DIR.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise StackError(f"The data folder {path} cannot be used ({reason}); fix it, or set DEVSTACK_DIR.") from error
    return path


@contextmanager
def held(path: Path) -> Iterator[Path]:
    """Hold the data folder against a second stack. The system lets go of it even when this process is killed."""
    lock_path = path / "lock"
    try:
        descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StackError(f"{lock_path} cannot be opened ({error.strerror}); it may belong to another user.") from error
    try:
        _lock(descriptor, path=path)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield path
    finally:
        os.close(descriptor)


def is_held(path: Path) -> bool:
    """Say whether a stack holds the folder now."""
    try:
        with (path / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextmanager
def throw_away(parent: Path) -> Iterator[Path]:
    """Give a fresh data folder inside `parent`, and remove it afterwards."""
    _remove_leftovers(parent)
    path = Path(tempfile.mkdtemp(prefix="test-", dir=parent))
    path.chmod(_FOLDER_MODE)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _lock(descriptor: int, *, path: Path) -> None:
    # `is_held` takes the lock for an instant; a second look tells that from a stack that stays.
    for is_last_look in (False, False, True):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError as error:
            if is_last_look:
                holder = os.pread(descriptor, 20, 0).decode() or "unknown"
                message = (
                    f"A stack is already running on {path} (process {holder}); stop it first, or set DEVSTACK_DIR."
                )
                raise AlreadyRunning(message) from error
            time.sleep(0.1)


def _remove_leftovers(parent: Path) -> None:
    """Remove throw-away folders whose process was killed before it could."""
    for path in parent.glob("test-*"):
        is_old = time.time() - path.stat().st_mtime > _LEFTOVER_AGE_SECONDS
        if is_old and not is_held(path):
            shutil.rmtree(path, ignore_errors=True)
