"""What is named in one place and meant in another: tasks, queues, events, and the rows of the failure catalogue."""

import ast
import re
import subprocess
import sys

import pytest
from django.conf import settings

from common.queue import enqueue
from events import catalog
from payments.states import TRANSITIONS
from payments_project.celery import PERIODIC_JOBS, QUEUES, app
from tests.house.source import ROOT, SERVICE, modules
from tests.support.web import environment_of_test

TASK_NAME = re.compile(r"[a-z_]+\.tasks\.[a-z_]+")
QUEUES_OF_WORKERS = {"settle", "gateways", "events", "default"}
# Twice in a period is harmless: the second run finds nothing.
REMOVES_WHAT_IS_OLD = {"events.tasks.prune_deliveries", "gateways.tasks.prune_webhooks"}
PERSONAL = {"email", "phone", "name", "customerEmail", "customerPhone", "customerName", "userId"}


def our_tasks() -> set[str]:
    app.loader.import_default_modules()
    return {name for name in app.tasks if name.split(".")[0] in SERVICE}


def test_every_task_is_routed_to_a_queue_that_a_worker_takes() -> None:
    assert set(QUEUES) == our_tasks()
    assert set(QUEUES.values()) <= QUEUES_OF_WORKERS
    command = (ROOT / "devstack" / "programs.py").read_text()
    assert '"-Q", "settle"' in command
    assert '"-Q", "gateways,events,default"' in command


def test_every_name_of_a_task_in_the_code_is_a_task() -> None:
    named = {
        node.value
        for module in modules(*SERVICE)
        for node in module.nodes()
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and TASK_NAME.fullmatch(node.value)
    }

    assert {"reconciliation.tasks.settle_inbox", "payments.tasks.run_claim"} <= named
    assert named - our_tasks() == set()


def test_every_periodic_job_is_a_task() -> None:
    assert {task for task, _ in PERIODIC_JOBS.values()} <= our_tasks()


@pytest.mark.row("D4")
def test_every_rare_job_runs_once_per_period() -> None:
    """D4: the period of its guard is its schedule. The jobs of seconds claim rows and need no guard."""
    guarded = {
        name: seconds for name in our_tasks() if (seconds := getattr(app.tasks[name].run, "period_seconds", None))
    }
    rare = {task: seconds for task, seconds in PERIODIC_JOBS.values() if seconds > 60}

    assert {task: seconds for task, seconds in rare.items() if task not in REMOVES_WHAT_IS_OLD} == guarded


def test_nothing_is_queued_for_later() -> None:
    """What waits for a time waits in a row: a broker loses what it holds, and hands out long waits twice."""
    later = {
        f"{module.name}:{node.value.lineno}"
        for module in modules(*SERVICE)
        for node in module.nodes()
        if isinstance(node, ast.keyword) and node.arg in ("countdown", "eta")
    }

    assert later == set()


def test_a_task_that_its_worker_did_not_finish_is_given_back() -> None:
    conf = app.conf

    assert (conf.task_acks_late, conf.task_reject_on_worker_lost, conf.worker_prefetch_multiplier) == (True, True, 1)
    assert (conf.task_ignore_result, conf.result_backend) == (True, None)
    assert conf.task_soft_time_limit < conf.task_time_limit < conf.broker_transport_options["visibility_timeout"]
    assert conf.broker_connection_max_retries is None
    assert settings.CELERY_DB_REUSE_MAX > 1000


@pytest.mark.parametrize("task", sorted(QUEUES))
def test_a_task_takes_ids_only(task: str) -> None:
    """What is queued can be lost, doubled and read by others: no data, no objects."""
    assert task in our_tasks()
    arguments = app.tasks[task].run.__annotations__

    assert {kind for name, kind in arguments.items() if name != "return"} <= {int, str}


def test_the_web_process_sends_tasks_where_workers_take_them() -> None:
    """A process that knows no application of ours would send everything to a queue of nobody."""
    code = (
        "import payments_project.wsgi; from celery import current_app as app;"
        "print(app.amqp.router.route({}, 'reconciliation.tasks.settle_inbox')['queue'].name)"
    )
    environment = environment_of_test(simulator="http://127.0.0.1:1")

    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert said.stdout.splitlines()[-1:] == ["settle"], said.stderr


@pytest.mark.row("C17")
def test_a_broker_that_is_away_stops_nobody(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """C17: the message is lost, the work is in the database and found by the next round."""

    def refuse(*arguments: object, **options: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("common.queue.current_app.send_task", refuse)

    enqueue("reconciliation.tasks.settle_inbox")

    assert "broker unreachable" in caplog.text


def test_every_event_in_the_catalog_has_an_example() -> None:
    names = {value for name, value in vars(catalog).items() if name.isupper() and isinstance(value, str)}

    assert set(catalog.EXAMPLES) == names


def test_every_move_of_a_payment_is_an_event_of_the_catalog() -> None:
    moves = {f"payment.{after}" for (before, _, _), after in TRANSITIONS.items() if before is not after}

    assert moves <= set(catalog.EXAMPLES)


def test_every_event_named_in_the_code_is_in_the_catalog() -> None:
    pattern = re.compile(r"['\"]((?:payment|wallet)\.[a-z_]+)['\"]")
    sources = modules("payments", "wallets", "events", "reconciliation")
    named = {name for module in sources if "/admin" not in module.name for name in pattern.findall(module.text)}

    assert named - set(catalog.EXAMPLES) == set()


def test_no_example_of_an_event_holds_personal_data() -> None:
    assert {name for example in catalog.EXAMPLES.values() for name in example} & PERSONAL == set()


def test_every_row_of_the_catalogue_that_this_release_must_hold_has_a_test() -> None:
    wanted = {f"A{n}" for n in range(1, 19)} | {f"C{n}" for n in range(1, 7)} | {f"F{n}" for n in range(1, 11)}
    wanted |= {"B1", "B2", "B3", "B4", "B5", "B6", "B13", "B14", "B24", "B26", "B28"}
    pattern = re.compile(r"mark\.row\(([^)]*)\)")
    held = {
        row
        for module in modules("tests")
        for marks in pattern.findall(module.text)
        for row in re.findall(r'"([A-I]\d+)"', marks)
    }

    assert wanted - held == set()
