"""As whom PostgreSQL runs. It refuses root, so under root it becomes `nobody`, or is told that it is.

No permission outside the data folder is ever changed to make this work.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from devstack.errors import StackError

_NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Identity:
    """A user to become (None: stay who we are), and words to put before the command."""

    user: int | None = None
    group: int | None = None
    command_prefix: tuple[str, ...] = ()

    def own(self, path: Path) -> None:
        """Give a file or folder of the data folder to this user."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


OURSELVES = Identity()


def for_postgres(*, programs: Path, folder: Path) -> Identity:
    """Choose who runs PostgreSQL with its cluster in `folder`, and hand an empty folder over to them."""
    if os.geteuid() != 0:
        return OURSELVES
    cluster = folder / "data"
    if cluster.exists():
        return _owner_of(cluster)
    nobody = pwd.getpwnam(_NOBODY)
    identity = Identity(user=nobody.pw_uid, group=nobody.pw_gid)
    identity.own(folder)
    if _can_work(identity, programs=programs, folder=folder):
        return identity
    os.chown(folder, 0, 0)
    return _root_in_disguise()


def _owner_of(cluster: Path) -> Identity:
    status = cluster.stat()
    if status.st_uid == 0:
        return _root_in_disguise()
    return Identity(user=status.st_uid, group=status.st_gid)


def _can_work(identity: Identity, *, programs: Path, folder: Path) -> bool:
    """Say whether this user reaches the programs and the folder, e.g. not below a home only root may enter."""
    script = '"$0" --version >/dev/null 2>&1 && test -w "$1"'
    command = ["/bin/sh", "-c", script, str(programs / "postgres"), str(folder)]
    result = subprocess.run(
        command, user=identity.user, group=identity.group, extra_groups=[], cwd="/", check=False, timeout=20
    )
    return result.returncode == 0


def _root_in_disguise() -> Identity:
    """Keep root's access to files but show PostgreSQL another user id, in a user namespace of its own."""
    nobody = pwd.getpwnam(_NOBODY)
    unshare = shutil.which("unshare")
    words = (str(unshare), "--user", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
    if unshare is None or subprocess.run([*words, "true"], capture_output=True, check=False).returncode != 0:
        raise StackError(
            "PostgreSQL refuses to run as root, and the user nobody cannot enter this folder; "
            "run as an ordinary user, or set DEVSTACK_DIR to a folder every user can enter, e.g. /var/tmp/payments."
        )
    return Identity(command_prefix=words)
