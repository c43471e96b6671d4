"""The receiver of the crash tests: what it verifies, how it misbehaves, and what it notes as taken."""

import http.client
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from standardwebhooks.webhooks import Webhook

from bench.chaos import settings
from bench.chaos.receiver import TOO_LATE_SECONDS, Manner, Receiver

SECRET, OTHER = "whsec_" + "b2Rk" * 8, "whsec_" + "ZXZl" * 8
BODY = json.dumps({"id": "evt_1", "type": "payment.completed"}).encode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver(random.Random(7))
    found.begin()
    found.expect("/shop", secret=SECRET)
    yield found
    found.end()


def send(
    receiver: Receiver, *, body: bytes = BODY, signed_with: str = SECRET, path: str = "/shop", age_seconds: int = 0
) -> int:
    """The status of the answer; 0 where the connection ended without one."""
    moment = datetime.now(tz=UTC) - timedelta(seconds=age_seconds)
    signature = Webhook(signed_with).sign("evt_1", moment, body.decode())
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(int(moment.timestamp())), "webhook-signature": signature}
    link = http.client.HTTPConnection(urlsplit(receiver.url).netloc, timeout=5)
    try:
        link.request("POST", path, body=body, headers=headers)
        return link.getresponse().status
    except http.client.RemoteDisconnected:
        return 0
    finally:
        link.close()


def test_what_is_taken_is_kept_once_with_its_id_and_body(receiver: Receiver) -> None:
    assert [send(receiver), send(receiver)] == [204, 204]

    (came,) = receiver.came()
    assert (came.path, came.webhook_id, came.event_id, came.body, came.taken) == ("/shop", "evt_1", "evt_1", BODY, 2)


def test_another_body_under_the_same_id_is_kept_beside_the_first(receiver: Receiver) -> None:
    send(receiver)
    send(receiver, body=BODY.replace(b"completed", b"created"))

    assert [(came.webhook_id, came.taken) for came in receiver.came()] == [("evt_1", 1), ("evt_1", 1)]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"signed_with": OTHER}, "No matching signature"),
        ({"path": "/nobody"}, "KeyError"),
        ({"age_seconds": 400}, "too old"),
    ],
)
def test_what_is_not_genuine_is_refused_and_remembered(receiver: Receiver, how: dict[str, object], why: str) -> None:
    assert send(receiver, **how) == 500  # type: ignore[arg-type]

    assert receiver.came() == []
    assert [why in told for told in receiver.forgeries] == [True]


def test_it_misbehaves_by_the_seed_and_has_taken_only_what_it_answered_with_success(receiver: Receiver) -> None:
    receiver.is_calm = False

    answers = [send(receiver) for _ in range(150)]

    manners = receiver.manners
    assert set(manners) == set(Manner)
    assert answers.count(500) == manners[Manner.REFUSE] + manners[Manner.TOO_LATE]
    assert (answers.count(204), answers.count(0)) == (manners[Manner.TAKE], manners[Manner.HANG_UP])
    (came,) = receiver.came()
    assert came.taken == manners[Manner.TAKE]


def test_too_late_is_later_than_the_service_waits() -> None:
    assert TOO_LATE_SECONDS > settings.WEBHOOK_TOTAL_SECONDS
    assert settings.WEBHOOK_TOTAL_SECONDS < settings.LEASE_SECONDS
