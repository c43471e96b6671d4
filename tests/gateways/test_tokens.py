"""Access tokens: asked for once by many, renewed once, and never a reason for doubt about what was not sent."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gateways.errors import NotSent, OutcomeUnknown, Reason
from gateways.http import HttpAnswer
from gateways.tokens import Fetched, Tokens, key_of

ROOT = Path(__file__).resolve().parents[2]


def test_many_threads_ask_for_one_token() -> None:
    tokens, fetched = Tokens(), []
    barrier = threading.Barrier(8)

    def fetch() -> Fetched:
        fetched.append(1)
        threading.Event().wait(0.05)
        return Fetched("tok", 3600)

    def ask() -> None:
        barrier.wait()
        assert tokens.get("key", fetch) == "tok"

    in_parallel(ask, threads=8)

    assert len(fetched) == 1


def test_who_waited_for_a_token_in_vain_does_not_ask_again() -> None:
    tokens, fetched = Tokens(), []
    barrier = threading.Barrier(4)
    failures = []

    def fetch() -> Fetched:
        fetched.append(1)
        threading.Event().wait(0.2)
        raise NotSent("token_unavailable", "total_deadline")

    def ask() -> None:
        barrier.wait()
        try:
            tokens.get("key", fetch)
        except NotSent as failure:
            failures.append(failure.reason)

    in_parallel(ask, threads=4)

    assert failures == ["token_unavailable"] * 4
    assert len(fetched) == 1
    with pytest.raises(NotSent):
        tokens.get("key", fetch)
    assert len(fetched) == 2


def test_a_refused_token_is_dropped_but_not_its_successor() -> None:
    tokens = Tokens()
    tokens.get("key", lambda: Fetched("old", 3600))
    tokens.drop("key", "old")
    tokens.get("key", lambda: Fetched("new", 3600))

    tokens.drop("key", "old")

    assert tokens.get("key", lambda: Fetched("newer", 3600)) == "new"


def test_a_token_about_to_end_is_renewed() -> None:
    tokens = Tokens()
    tokens.get("key", lambda: Fetched("old", 0))

    assert tokens.get("key", lambda: Fetched("new", 3600)) == "new"


def test_a_call_for_a_token_that_nobody_knows_the_end_of_means_not_sent() -> None:
    def fetch() -> Fetched:
        raise OutcomeUnknown(Reason.TOTAL_DEADLINE)

    with pytest.raises(NotSent) as refused:
        Tokens().get("key", fetch)

    assert refused.value.reason == "token_unavailable"


def test_a_refused_token_is_tried_once_more_with_a_fresh_one_and_not_again() -> None:
    tokens, sent = Tokens(), []
    fresh = iter(["first", "second", "third"])

    def send(token: str) -> HttpAnswer:
        sent.append(token)
        return HttpAnswer(401, {}, b"", 1)

    answer = tokens.call(
        "key", fetch=lambda: Fetched(next(fresh), 3600), send=send, is_refused=lambda answer: answer.status == 401
    )

    assert (answer.status, sent) == (401, ["first", "second"])


def test_a_key_shows_no_secret_and_tells_accounts_apart() -> None:
    assert key_of("user", "secret") != key_of("users", "ecret")
    assert "secret" not in key_of("user", "secret")
    assert "secret" not in repr(Fetched("secret", 1))


def test_a_forked_child_is_not_held_up_by_a_lock_of_its_parent() -> None:
    script = (
        "import os, threading, time\n"
        "from gateways.tokens import TOKENS, Fetched\n"
        "def slow(): time.sleep(2); return Fetched('old', 60)\n"
        "threading.Thread(target=TOKENS.get, args=('key', slow), daemon=True).start()\n"
        "time.sleep(0.2)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    started = time.monotonic()\n"
        "    text = TOKENS.get('key', lambda: Fetched('new', 60))\n"
        "    os._exit(0 if text == 'new' and time.monotonic() - started < 1 else 1)\n"
        "print(os.waitpid(child, 0)[1])\n"
    )

    said = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)

    assert said.stdout.strip() == "0", said.stderr


def in_parallel(work: Callable[[], None], *, threads: int) -> None:
    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(timeout=5)
