"""What a caller sees of each fault, and whether the call took effect. Raw `requests`, as the SDK hides the wire."""

import json
import time

import pytest
import requests

from simulator.faults import FaultKind, FaultScript
from tests.simulator.conftest import KEY, Shop


def _create(shop: Shop, *, reference: str = "pay_1", key: str = "", read_seconds: float = 1.0) -> requests.Response:
    """One create call on a connection of its own."""
    headers = {"Authorization": f"Bearer {KEY}"} | ({"Idempotency-Key": key} if key else {})
    return requests.post(
        f"{shop.simulator.url}/stripe/v1/payment_intents",
        data={"amount": 13_37, "currency": "eur", "metadata[reference]": reference},
        headers=headers,
        timeout=(1, read_seconds),
        allow_redirects=False,
    )


def _executed(shop: Shop) -> int:
    return len(shop.books()["payments"])


@pytest.mark.parametrize(
    ("fault", "executed"),
    [("execute_then_hang", 1), ("hang_without_executing", 0), ("drip_headers", 1)],
)
def test_hanging_call_times_out(shop: Shop, fault: str, executed: int) -> None:
    shop.fault(fault, operation="create", delay_ms=5000)

    with pytest.raises(requests.ReadTimeout):
        _create(shop, read_seconds=0.3)

    assert _executed(shop) == executed


@pytest.mark.parametrize(
    ("fault", "executed", "noted"),
    [("execute_then_reset", 1, 1), ("reset_without_executing", 0, 1), ("refuse", 0, 0)],
)
def test_torn_connection_is_an_error(shop: Shop, fault: str, executed: int, noted: int) -> None:
    shop.fault(fault, operation="create")

    with pytest.raises(requests.ConnectionError):
        _create(shop)

    assert _executed(shop) == executed
    assert shop.get("/requests?reference=pay_1")["total"] == noted


def test_dripping_body_defeats_a_read_timeout(shop: Shop) -> None:
    shop.fault("drip", operation="create", delay_ms=1)
    started = time.monotonic()

    answer = _create(shop, read_seconds=0.5)

    assert time.monotonic() - started > 1
    assert answer.json()["status"] == "requires_payment_method"


def test_oversized_answer_is_larger_than_8_megabytes(shop: Shop) -> None:
    shop.fault("oversize", operation="create")

    assert len(_create(shop, read_seconds=5).content) > 8 * 1024 * 1024
    assert _executed(shop) == 1


def test_html_empty_and_truncated_answers_say_200(shop: Shop) -> None:
    answers = {}
    for fault in ("html", "empty", "truncated_json"):
        shop.fault(fault, operation="create")
        answers[fault] = _create(shop)

    assert {answer.status_code for answer in answers.values()} == {200}
    assert answers["html"].headers["Content-Type"].startswith("text/html")
    assert answers["empty"].content == b""
    with pytest.raises(json.JSONDecodeError):
        json.loads(answers["truncated_json"].content)
    assert _executed(shop) == 3


@pytest.mark.parametrize(("fault", "status"), [("status_503", 503), ("rate_limit_429", 429), ("redirect_302", 302)])
def test_refusals_at_the_door_execute_nothing(shop: Shop, fault: str, status: int) -> None:
    shop.fault(fault, operation="create")

    refused = _create(shop, key="k1")
    again = _create(shop, key="k1")

    assert (refused.status_code, again.status_code) == (status, 200)
    assert _executed(shop) == 1


def test_redirect_points_to_another_host_and_a_follower_is_counted(shop: Shop) -> None:
    shop.fault("redirect_302", operation="create")

    target = _create(shop).headers["Location"]
    requests.get(target, timeout=5)

    assert target == f"http://localhost:{shop.simulator.server.port}/elsewhere/stripe/v1/payment_intents"
    assert shop.get("/requests")["redirects_followed"] == 1


@pytest.mark.parametrize(
    ("fault", "field", "value"),
    [
        ("wrong_amount", "amount", 14_37),
        ("wrong_currency", "currency", "usd"),
        ("wrong_reference", "metadata", {"reference": "other-pay_1"}),
        ("live_mode_answer", "livemode", True),
        ("unknown_status", "status", "requires_teleportation"),
    ],
)
def test_lying_answer_contradicts_the_books(shop: Shop, fault: str, field: str, value: object) -> None:
    shop.fault(fault, operation="create")

    lie = _create(shop).json()

    truth = shop.intents.retrieve(lie["id"]).to_dict()
    assert lie[field] == value
    assert truth[field] != value


def test_slow_call_takes_effect_late(shop: Shop) -> None:
    shop.fault("slow", operation="create", delay_ms=500)

    with pytest.raises(requests.ReadTimeout):
        _create(shop, read_seconds=0.2)
    before = _executed(shop)
    time.sleep(0.5)

    assert (before, _executed(shop)) == (0, 1)


def test_fault_strikes_its_operation_after_and_times(shop: Shop) -> None:
    shop.fault("status_503", operation="create", after=1, times=2)

    assert [_create(shop).status_code for _ in range(4)] == [200, 503, 503, 200]
    assert shop.get("/faults") == []


def test_fault_strikes_only_its_reference(shop: Shop) -> None:
    shop.fault("status_503", operation="any", match={"reference": "pay_2"})

    assert _create(shop, reference="pay_1").status_code == 200
    assert _create(shop, reference="pay_2").status_code == 503


def test_fault_of_a_retrieval_finds_the_reference_of_the_payment(shop: Shop) -> None:
    intent = shop.create(metadata={"reference": "pay_9"})
    shop.fault("html", operation="retrieve", match={"reference": "pay_9"})

    answer = shop.session.get(
        f"{shop.simulator.url}/stripe/v1/payment_intents/{intent.id}",
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=5,
    )

    assert answer.headers["Content-Type"].startswith("text/html")


def test_fault_without_times_strikes_until_deleted(shop: Shop) -> None:
    shop.fault("status_503", operation="create", times=None)
    struck = [_create(shop).status_code for _ in range(3)]
    number = shop.get("/faults")[0]["id"]

    deleted = shop.session.delete(f"{shop.simulator.url}/_control/faults/{number}", timeout=5)

    assert struck == [503, 503, 503]
    assert deleted.json() == {"deleted": 1}
    assert _create(shop).status_code == 200


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"fault": "explode"}, "Unknown fault"),
        ({"fault": "html", "colour": 1}, "Unknown field"),
        ({"fault": "html", "times": 0}, "times"),
        ({"fault": "html", "operation": "webhook"}, "happens to calls"),
        ({"fault": "drop", "operation": "create"}, "happens to webhooks"),
        ({"fault": "html", "match": {"colour": "red"}}, "match"),
        ({"fault": "html", "gateway": "nobody"}, "no gateway"),
    ],
)
def test_senseless_fault_is_refused_with_a_reason(shop: Shop, fields: dict, reason: str) -> None:
    answer = shop.post("/faults", **fields)

    assert answer.status_code == 400
    assert reason in answer.json()["error"]


def test_same_seed_strikes_the_same_calls() -> None:
    def struck(seed: int) -> list[bool]:
        script = FaultScript(seed=seed)
        script.add({"fault": "html", "times": None, "chance_percent": 40})
        return [script.take(gateway="stripe", operation="create", facts={}) is not None for _ in range(50)]

    assert struck(5) == struck(5)
    assert struck(5) != struck(6)
    assert 10 < sum(struck(5)) < 30


def test_every_kind_of_fault_can_be_planned() -> None:
    script = FaultScript(seed=1)

    planned = [script.add({"fault": str(kind)}).fault for kind in FaultKind]

    assert planned == list(FaultKind)


def test_outage_refuses_connections_and_ends(shop: Shop) -> None:
    shop.post("/outage", seconds=1)
    time.sleep(0.3)

    with pytest.raises(requests.ConnectionError, match="refused"):
        _create(shop)
    time.sleep(1.0)

    assert _create(shop).status_code == 200
