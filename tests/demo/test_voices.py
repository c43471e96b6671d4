"""What the history lets gateways say is what they can say."""

import random
from datetime import UTC, datetime

import pytest

from common.money import Money
from demo.tenant import SELLERS
from demo.voices import VOICES, told
from gateways.contract import Outcome
from gateways.registry import ADAPTERS, PROFILES

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("code", sorted(VOICES))
def test_its_words_are_its_gateways(code: str) -> None:
    voice, profile = VOICES[code], PROFILES[code]

    assert voice.method in profile.methods
    assert voice.is_cancelable is profile.cancelable
    assert set(voice.declines) <= set(ADAPTERS[code].errors)


def test_every_channel_of_a_seller_takes_its_currency() -> None:
    for seller in SELLERS:
        for gateway, country, _ in seller.channels:
            profile = PROFILES[gateway]
            assert gateway in VOICES
            assert seller.currency in profile.currencies
            assert not country or not profile.countries or country in profile.countries


@pytest.mark.parametrize("code", sorted(VOICES))
def test_every_story_begins_with_the_payer_and_comes_to_an_end(code: str) -> None:
    ends = set()
    for seed in range(60):
        reports = [
            report
            for report, _ in told(VOICES[code], random.Random(seed), number=seed, amount=Money(13_37, "EUR"), at=NOON)
        ]
        assert reports[0].outcome is Outcome.REQUIRES_ACTION
        times = [report.occurred_at or NOON for report in reports]
        assert times == sorted(times)
        ends.add(reports[1].outcome)

    assert ends == {Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.CANCELLED, Outcome.EXPIRED}
