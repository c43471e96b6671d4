"""Our signatures are what the library of the specification's authors accepts, and nothing else passes it."""

from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from common import clock
from events import signing

BODY = b'{"id":"evt_1","type":"payment.completed","data":{"city":"Abidjan \xc3\xa9"}}'


def signed(*secrets: str, epoch: int = 0) -> dict[str, str]:
    return signing.headers(message_id="evt_1", epoch=epoch or clock.epoch(), body=BODY, secrets=secrets)


def test_a_receiver_with_the_secret_verifies() -> None:
    secret = signing.new_secret()

    assert Webhook(secret).verify(BODY, signed(secret))["id"] == "evt_1"


def test_during_a_rotation_receivers_with_either_secret_verify() -> None:
    old, new = signing.new_secret(), signing.new_secret()

    headers = signed(new, old)

    assert Webhook(old).verify(BODY, headers) == Webhook(new).verify(BODY, headers)


@pytest.mark.parametrize("change", ["webhook-id", "webhook-timestamp", "body", "secret"])
def test_whatever_is_changed_no_longer_verifies(change: str) -> None:
    secret = signing.new_secret()
    headers = signed(secret)
    body = BODY
    if change == "body":
        body = BODY.replace(b"evt_1", b"evt_2")
    elif change == "secret":
        secret = signing.new_secret()
    else:
        headers[change] = "evt_2" if change == "webhook-id" else str(clock.epoch() - 1)

    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers)


def test_a_known_secret_makes_a_known_signature() -> None:
    """The example of the specification's own documents."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    moment = datetime.fromtimestamp(1614265330, UTC)

    header = signing.sign(
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        epoch=int(moment.timestamp()),
        body=b'{"test": 2432232314}',
        secrets=[secret],
    )

    assert header == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_has_32_random_bytes_and_its_prefix() -> None:
    first, second = signing.new_secret(), signing.new_secret()

    assert first != second
    assert first.startswith("whsec_")
    assert len(first) == len("whsec_") + 44
