"""Commissions as an accountant would check them: rows worked out by hand, in the way they appear on paper."""

from decimal import Decimal

import pytest

from commissions.pricing import Rate, price, reversed_commission
from common.money import Money

# Sale, percent, fixed, minimum, maximum (`-` for none) → commission, net. In major units, as printed.
SALES = """
  25.00 EUR      3.5     0.30    -        -         →    1.18    23.82
  25.00 EUR      3.5     0.00    -        -         →    0.88    24.12
  13.37 EUR      3.5     0.30    -        -         →    0.77    12.60
   0.10 EUR      5       0.00    -        -         →    0.01     0.09
   0.09 EUR      5       0.00    -        -         →    0.00     0.09
   5.00 EUR      3.5     0.00    0.50     -         →    0.50     4.50
   0.20 EUR      3.5     0.30    0.50     -         →    0.20     0.00
1000.00 EUR      3.5     0.30    -       20.00      →   20.00   980.00
1000.00 EUR      100     0.00    -        -         → 1000.00     0.00
4851.62 EUR      0       0.00    -        -         →    0.00  4851.62
9999999999999.99 EUR 3.5 0.30    -        -         → 350000000000.30 9649999999999.69
  10000 XOF      5       100     -        -         →     600     9400
   2510 XOF      5       0       -        -         →     126     2384
   2509 XOF      5       0       -        -         →     125     2384
    100 XOF      5       100     -        -         →     100        0
 477243 XOF      2.75    50      200      5000      →    5000   472243
 50.000 TND      4       0.500   -        -         →   2.500   47.500
 49.313 TND      1.25    0.000   -        -         →   0.616   48.697
  0.040 TND      1.25    0.000   -        -         →   0.001    0.039
"""

# Sale, commission; then refund → commission given back with it, one pair after the other.
REFUNDS = """
 25.00 EUR   1.18 ;  8.33 → 0.39 ;  8.33 → 0.40 ;  8.34 → 0.39
 25.00 EUR   1.18 ; 25.00 → 1.18
 10.00 EUR   0.05 ;  1.00 → 0.01 ;  1.00 → 0.00 ;  1.00 → 0.01 ;  7.00 → 0.03
 10.00 EUR   0.00 ;  4.21 → 0.00 ;  5.79 → 0.00
  1000 XOF     7  ;   100 → 1    ;   100 → 0    ;   100 → 1    ;   700 → 5
50.000 TND 2.500  ; 0.011 → 0.001; 49.989 → 2.499
"""


def _rows(table: str) -> list[str]:
    return [row.strip() for row in table.strip().splitlines()]


def _minor(text: str, currency: str) -> int | None:
    return None if text == "-" else Money.parse(text, currency).minor


@pytest.mark.parametrize("row", _rows(SALES))
def test_sale_is_priced_as_on_paper(row: str) -> None:
    gross_text, currency, percent, fixed, minimum, maximum, _arrow, commission, net = row.split()
    rate = Rate(Decimal(percent), _minor(fixed, currency) or 0, _minor(minimum, currency), _minor(maximum, currency))

    priced = price(Money.parse(gross_text, currency), rate=rate)

    assert str(priced.commission) == f"{commission} {currency}"
    assert str(priced.net) == f"{net} {currency}"


@pytest.mark.parametrize("row", _rows(REFUNDS))
def test_refunds_give_commission_back_as_on_paper(row: str) -> None:
    sale, *steps = row.split(";")
    gross_text, currency, commission_text = sale.split()
    gross, commission = Money.parse(gross_text, currency), Money.parse(commission_text, currency)
    refunded = given_back = Money.zero(currency)

    for step in steps:
        refund, expected = (part.strip() for part in step.split("→"))
        refunded += Money.parse(refund, currency)
        part = reversed_commission(
            commission=commission, gross=gross, refunded_total=refunded, already_reversed=given_back
        )
        given_back += part
        assert str(part) == f"{expected} {currency}"

    assert (refunded, given_back) == (gross, commission)
