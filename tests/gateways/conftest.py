"""The simulator as a real process, started once, and one adapter at a time in front of it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateways.adapters.stripe.gateway import StripeGateway
from gateways.contract import Credentials
from gateways.http import GatewayHttp
from tests.gateways import cases
from tests.gateways.cases import CANARY, Case
from tests.gateways.matrix import Matrix
from tests.gateways.scripted import ScriptedServer
from tests.gateways.simulated import Simulator
from tests.simulator.receiver import Receiver

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("simulator")
    command = [sys.executable, "-m", "simulator", "--port", "0", "--data-dir", str(folder), "--seed", "7"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log)
    assert process.stdout is not None
    first_line = process.stdout.readline().decode()
    try:
        yield Simulator(first_line.rpartition(" ")[2].strip())
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """A server that says exactly the bytes a test gives it."""
    server = ScriptedServer()
    yield server
    server.close()


@pytest.fixture
def http() -> Iterator[GatewayHttp]:
    client = GatewayHttp("test", connect_seconds=0.5, total_seconds=0.6, max_bytes=200_000, pool_size=4)
    yield client
    client.close()


@pytest.fixture
def stripe(scripted: ScriptedServer, http: GatewayHttp) -> StripeGateway:
    """Stripe's adapter in front of a server that says what a test gives it."""
    return StripeGateway(Credentials({"secret_key": f"sk_test_{CANARY}"}), simulator=scripted.url, http=http)


@pytest.fixture
def patient_http() -> Iterator[GatewayHttp]:
    """For calls to a simulator that may be busy: a machine under load must not look like a gateway in trouble."""
    client = GatewayHttp("test", connect_seconds=0.5, total_seconds=0.9, max_bytes=200_000, pool_size=4)
    yield client
    client.close()


@pytest.fixture(params=cases.codes())
def case(request: pytest.FixtureRequest, simulator: Simulator, patient_http: GatewayHttp) -> Iterator[Case]:
    """One adapter, with an account of its own at the simulator."""
    simulator.clear_faults()
    yield cases.make(request.param, simulator=simulator, http=patient_http)
    simulator.clear_faults()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where webhooks are sent to."""
    running = Receiver()
    yield running
    running.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much of the contract suite ran: what was left out must not go unnoticed."""
    matrix = Matrix()
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            matrix.add(report)
    for line in matrix.lines():
        terminalreporter.write_line(line)
