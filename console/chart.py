"""A bar chart as SVG, drawn on the server: one bar per day, each a link to its rows. No script, no colour alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from common.money import Money
from console import measures
from console.measures import DayAmount

WIDTH, HEIGHT = 960, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 86, 8, 12, 26
_LABEL_EVERY = 5


@dataclass(frozen=True, slots=True)
class Bar:
    x: str
    y: str
    width: str
    height: str
    middle: str
    day: str
    label: str
    amount: Money
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Line:
    y: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Chart:
    currency: str
    bars: list[Bar]
    lines: list[Line]
    total: Money
    count: int
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    base: int = HEIGHT - _BOTTOM

    @property
    def label_y(self) -> int:
        return HEIGHT - 8


def of_days(days: Sequence[DayAmount], *, currency: str) -> Chart:
    """The scale ends at a round amount above the highest day."""
    top = round_up(max((day.amount.minor for day in days), default=0))
    step = (WIDTH - _LEFT - _RIGHT) / max(len(days), 1)
    plot = HEIGHT - _TOP - _BOTTOM
    bars = [_bar(day, position=n, of=len(days), step=step, plot=plot, top=top) for n, day in enumerate(days)]
    lines = [
        Line(y=f"{_TOP + plot * (4 - quarter) / 4:.1f}", amount=Money(top * quarter // 4, currency))
        for quarter in (0, 2, 4)
    ]
    total = sum((day.amount for day in days), Money.zero(currency))
    return Chart(currency=currency, bars=bars, lines=lines, total=total, count=sum(day.count for day in days))


def round_up(minor: int) -> int:
    """The next 1, 2 or 5 with zeros behind, at least 4, so that its half and quarter are whole minor units."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power >= max(minor, 4):
                return factor * power
        power *= 10


def _bar(day: DayAmount, *, position: int, of: int, step: float, plot: int, top: int) -> Bar:
    height = plot * day.amount.minor / top
    x = _LEFT + position * step + step * 0.15
    iso = day.day.isoformat()
    is_labelled = (of - 1 - position) % _LABEL_EVERY == 0
    return Bar(
        x=f"{x:.1f}",
        y=f"{_TOP + plot - height:.1f}",
        width=f"{step * 0.7:.1f}",
        height=f"{height:.1f}",
        middle=f"{x + step * 0.35:.1f}",
        day=iso,
        label=iso[5:] if is_labelled else "",
        amount=day.amount,
        count=day.count,
        address=measures.collected_address(day.day, day.day, day.amount.currency),
    )
