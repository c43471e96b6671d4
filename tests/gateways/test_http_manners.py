"""How the one client behaves around a call: transactions, metrics, logs, threads."""

import logging
import threading

import pytest
from django.db import transaction

from gateways.errors import CallInsideTransaction, OutcomeUnknown
from gateways.http import ERRORS, RESPONSE_TIME, GatewayHttp, HttpAnswer, shared_http
from tests.gateways.scripted import ScriptedServer


def call(http: GatewayHttp, url: str, *, operation: str = "try", body: str = "a=1") -> HttpAnswer:
    return http.request(operation=operation, method="POST", url=url, headers={"Authorization": "c4n4ry"}, body=body)


@pytest.mark.django_db(transaction=True)
def test_a_call_inside_a_transaction_is_refused(http: GatewayHttp, scripted: ScriptedServer) -> None:
    scripted.answers(b"{}")

    with transaction.atomic(), pytest.raises(CallInsideTransaction):
        call(http, scripted.url)

    assert scripted.requests == []
    assert call(http, scripted.url).status == 200


def test_calls_and_their_ends_are_measured(http: GatewayHttp, scripted: ScriptedServer) -> None:
    def measured() -> tuple[float, float]:
        calls = next(iter(RESPONSE_TIME.labels("test", "measured").collect())).samples
        count = next(sample.value for sample in calls if sample.name.endswith("_count"))
        return count, ERRORS.labels("test", "connection_lost")._value.get()

    scripted.answers(b"{}")
    calls_before, errors_before = measured()
    call(http, scripted.url, operation="measured")
    scripted.says([])
    with pytest.raises(OutcomeUnknown):
        call(http, scripted.url, operation="measured")

    assert measured() == (calls_before + 2, errors_before + 1)


def test_a_failure_is_logged_once_without_what_was_sent(
    http: GatewayHttp, scripted: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    scripted.says([])

    with pytest.raises(OutcomeUnknown) as caught:
        call(http, f"{scripted.url}/v1/pay?token=c4n4ry", body="secret=c4n4ry")

    ours = [record for record in caplog.records if record.name == "gateways.http"]
    assert [record.message for record in ours] == ["gateway call has no answer"]
    assert (vars(ours[0])["was_sent"], vars(ours[0])["reason"]) == (True, "connection_lost")
    assert vars(ours[0])["url"] == f"{scripted.url}/v1/pay"
    assert "c4n4ry" not in repr(vars(ours[0])) + repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_many_threads_share_the_client(scripted: ScriptedServer) -> None:
    http = GatewayHttp("test", connect_seconds=1.0, total_seconds=3.0, pool_size=8, busy_seconds=3.0)
    scripted.answers(b"{}")
    seen: list[int] = []
    threads = [
        threading.Thread(target=lambda: seen.extend(call(http, scripted.url).status for _ in range(20)))
        for _ in range(16)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == [200] * 320
    assert scripted.connections <= 8
    http.close()


def test_the_shared_client_is_one_per_gateway() -> None:
    assert shared_http("stripe") is shared_http("stripe")
    assert shared_http("stripe") is not shared_http("other")
