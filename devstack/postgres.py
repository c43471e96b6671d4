"""The embedded PostgreSQL: its cluster, its settings, and how it is started. Durable, loopback only, no sockets."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg

from devstack import binaries, identity, processes, roles
from devstack.errors import StackError
from devstack.places import DatabasePlace
from devstack.ports import LOOPBACK
from devstack.state import State

_START_SECONDS_MAX = 30
_FIRST_MAJOR_WITH_BUILTIN_LOCALES = 17


class Postgres:
    """One cluster in one data folder."""

    def __init__(self, *, folder: Path, state: State, is_durable: bool = True) -> None:
        self._state = state
        self._is_durable = is_durable
        self._base = folder / "postgres"
        self._log = folder / "logs" / "postgres.log"
        self._programs = binaries.postgres_folder()

    @property
    def place(self) -> DatabasePlace:
        return DatabasePlace(
            url=self._url(roles.APP, password=self._state.app_password),
            owner_url=self._url(roles.OWNER, password=self._state.owner_password),
            app_role=roles.APP,
        )

    def start(self) -> processes.Child:
        """Start the server, making the cluster, the roles and the database when they are missing."""
        self._prepare_base()
        identity_ = identity.for_postgres(programs=self._programs, folder=self._base)
        processes.rotate_log(self._log)
        cluster = self._base / "data"
        if cluster.exists():
            self._check_cluster(cluster)
        else:
            self._make_cluster(cluster, identity_=identity_)
        child = processes.Child(self._program(identity_))
        try:
            self._wait(child)
            roles.ensure(admin=self._admin, state=self._state)
        except BaseException:
            child.stop()
            raise
        return child

    def _prepare_base(self) -> None:
        try:
            self._base.mkdir(mode=0o700, exist_ok=True)
            (self._base / "data" / "PG_VERSION").exists()
        except PermissionError as error:
            message = (
                f"The database folder {self._base} belongs to another user; run as that user, or set DEVSTACK_DIR."
            )
            raise StackError(message) from error

    def _check_cluster(self, cluster: Path) -> None:
        version_file = cluster / "PG_VERSION"
        if not version_file.exists():
            raise StackError(
                f"The database folder {cluster} is damaged: PG_VERSION is missing. "
                f"Restore it from a copy, or remove {self._base.parent} to start from nothing."
            )
        cluster_major, programs_major = version_file.read_text().strip(), str(self._major())
        if cluster_major != programs_major:
            raise StackError(
                f"The database folder {cluster} was made by PostgreSQL {cluster_major}, and the programs here are "
                f"{programs_major}. Set DEVSTACK_PG_BINDIR to the bin folder of PostgreSQL {cluster_major}, "
                f"or remove {self._base.parent} to start from nothing."
            )

    def _make_cluster(self, cluster: Path, *, identity_: identity.Identity) -> None:
        """Make the cluster beside its place and move it there, so that half a cluster is never taken for one."""
        draft = self._base / "draft"
        if draft.exists():
            shutil.rmtree(draft)
        password_file = self._base / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self._state.admin_password + "\n")
        identity_.own(password_file)
        try:
            self._run(self._initdb_command(draft, password_file=password_file), identity_=identity_)
        finally:
            password_file.unlink()
        draft.rename(cluster)

    def _initdb_command(self, draft: Path, *, password_file: Path) -> list[str]:
        locale = ["--no-locale"]
        if self._major() >= _FIRST_MAJOR_WITH_BUILTIN_LOCALES:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        program = str(self._programs / "initdb")
        options = ["--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8", "--data-checksums"]
        return [program, f"--pgdata={draft}", f"--username={roles.ADMIN}", *options, *locale, "--no-instructions"]

    def _run(self, command: list[str], *, identity_: identity.Identity) -> None:
        result = subprocess.run(
            [*identity_.command_prefix, *command],
            env=self._environment(),
            cwd="/",
            user=identity_.user,
            group=identity_.group,
            extra_groups=None if identity_.user is None else [],
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            self._log.write_text(result.stdout + result.stderr)
            raise StackError(f"PostgreSQL could not make its cluster ({_last_line(result.stderr)}); see {self._log}.")

    def _program(self, identity_: identity.Identity) -> processes.Program:
        settings = [word for name, value in self._settings().items() for word in ("-c", f"{name}={value}")]
        return processes.Program(
            name="postgres",
            command=(str(self._programs / "postgres"), "-D", str(self._base / "data"), *settings),
            environment=self._environment(),
            cwd=Path("/"),
            log=self._log,
            # "Fast" shutdown: sessions are ended, the data is written, nothing has to be recovered.
            stop_signal=signal.SIGINT,
            stop_seconds_max=20.0,
            identity=identity_,
        )

    def _settings(self) -> dict[str, str]:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self._state.postgres_port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "shared_buffers": os.environ.get("DEVSTACK_PG_SHARED_BUFFERS", "256MB"),
            # Without lz4 in this build, compressing pages would cost more processor than it saves disk.
            "wal_compression": "off",
            "max_wal_size": "4GB",
            "synchronous_commit": "on",
            "fsync": "on",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
        }
        if not self._is_durable:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        return settings

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC", "PGTZ": "UTC", "HOME": str(self._base)}

    def _major(self) -> int:
        version = subprocess.run(
            [str(self._programs / "postgres"), "--version"], capture_output=True, text=True, check=True
        )
        return int(version.stdout.split()[2].split(".")[0])

    def _wait(self, child: processes.Child) -> None:
        deadline = time.monotonic() + _START_SECONDS_MAX
        while True:
            try:
                self._admin("postgres").close()
                return
            except psycopg.OperationalError as error:
                self._give_up_when_hopeless(child, error=error, is_late=time.monotonic() > deadline)
            time.sleep(0.05)

    def _give_up_when_hopeless(self, child: processes.Child, *, error: psycopg.Error, is_late: bool) -> None:
        if "password authentication failed" in str(error):
            raise StackError(
                f"The passwords in {self._base.parent / 'state.json'} are not those of the database beside it. "
                f"Restore the file, or remove {self._base.parent} to start from nothing."
            ) from error
        if not child.is_alive:
            raise StackError(
                f"PostgreSQL could not start on {self._base / 'data'}: {_last_line(chr(10).join(child.last_lines()))} "
                f"The whole log: {self._log}."
            ) from error
        if is_late:
            raise StackError(
                f"PostgreSQL does not answer on {LOOPBACK}:{self._state.postgres_port} after {_START_SECONDS_MAX} s; "
                f"see {self._log}."
            ) from error

    def _admin(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=LOOPBACK,
            port=self._state.postgres_port,
            user=roles.ADMIN,
            password=self._state.admin_password,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def _url(self, role: str, *, password: str) -> str:
        return f"postgres://{role}:{password}@{LOOPBACK}:{self._state.postgres_port}/{roles.DATABASE}"


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "PANIC" in line or "error" in line]
    return (telling or lines or ["it said nothing"])[-1]
