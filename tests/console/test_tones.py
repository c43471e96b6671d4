"""Every state that a row can be in has a label, a tone and French words that fit their place."""

import pytest
from django.utils import translation

from console import tones
from events.models import DeliveryState, EndpointState
from gateways.models import InboundState
from payments.models.attempt import NextStep
from payments.models.history import Source
from payments.models.payment import Flag
from payments.states import AttemptState, Status
from reconciliation.models import BankStatement, LineState
from wallets.models import Wallet

STATES = [
    *(("payment", state.value) for state in Status),
    *(("attempt", state.value) for state in AttemptState),
    *(("inbound", state) for state in InboundState.values),
    *(("wallet", state) for state in Wallet.Status.values),
    *(("flag", flag) for flag in Flag.values if flag),
    *(("statement", state) for state in BankStatement.State.values),
    *(("statement_line", state) for state in LineState.values),
    *(("delivery", state) for state in DeliveryState.values),
    *(("endpoint", state) for state in [*EndpointState.values, "failing"]),
    *(("attention", flag) for flag in Flag.values if flag),
]


@pytest.mark.parametrize(("noun", "state"), STATES)
def test_every_state_has_a_label_with_words_of_at_most_16_characters(noun: str, state: str) -> None:
    label = tones.LABELS[noun][state]

    assert label.shape in tones.SHAPES.values()
    for language in ("en", "fr"):
        with translation.override(language):
            assert 0 < len(str(label.words)) <= 16, (language, str(label.words))


def test_no_label_is_left_of_a_state_that_is_gone() -> None:
    for noun, labels in tones.LABELS.items():
        known = {state for of, state in STATES if of == noun}
        if known:
            assert set(labels) - {"unknown"} <= known | {"unknown"}, noun


def test_every_tone_has_a_shape_of_its_own() -> None:
    assert len(set(tones.SHAPES.values())) == len(tones.Tone) == len(tones.SHAPES)


def test_red_is_kept_for_what_needs_repair() -> None:
    declined = tones.label_of("attempt", AttemptState.DECLINED)
    unknown = tones.label_of("attempt", AttemptState.UNKNOWN)

    assert declined.tone is tones.Tone.RESTING
    assert unknown.tone is tones.Tone.DOUBT


def test_a_state_without_a_label_is_a_doubt_with_its_raw_name() -> None:
    label = tones.label_of("payment", "teleported")

    assert label.tone is tones.Tone.DOUBT
    assert str(label.words) == "teleported"


def test_every_source_and_next_step_has_words() -> None:
    assert set(tones.SOURCES) == set(Source.values)
    assert set(tones.NEXT_STEPS) == set(NextStep.values)
