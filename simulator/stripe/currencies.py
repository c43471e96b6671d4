"""Amounts on Stripe's wire: which currencies it takes, their units, least and greatest amounts.

Stripe's units are not those of ISO 4217: ISK and UGX are whole currencies sent times 100.
"""

from simulator.stripe.errors import ParameterRefused, StripeError

AMOUNT_MAX = 99_999_999


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


SUPPORTED = _codes("""
aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf
chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel ghs gip gmd gnf gtq gyd hkd hnl
htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd
mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd
rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs
vnd vuv wst xaf xcd xof xpf yer zar zmw
""")
ZERO_DECIMALS = _codes("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf")
THREE_DECIMALS = _codes("bhd jod kwd omr tnd")
WHOLE_TIMES_HUNDRED = frozenset({"isk", "ugx"})

# Least charge in the unit of the wire.
_LEAST = {
    **dict.fromkeys(_codes("usd eur aud brl cad chf nzd sgd inr ils ars cop idr php rub zar jpy krw"), 50),
    **dict.fromkeys(_codes("aed pln ron myr"), 200),
    **dict.fromkeys(_codes("sek nok"), 300),
    **dict.fromkeys(_codes("mxn thb"), 1000),
    "gbp": 30,
    "dkk": 250,
    "hkd": 400,
    "czk": 1500,
    "huf": 17_500,
}


def decimals(currency: str) -> int:
    if currency in ZERO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def shown(amount: int, *, currency: str, language: str = "en") -> str:
    """For people: 123456 eur is "1,234.56 EUR", in French "1 234,56 EUR" with a space that does not break."""
    places = decimals(currency)
    whole, part = divmod(amount, 10**places)
    text = f"{whole:,}" + (f".{part:0{places}d}" if places else "")
    if language == "fr":
        text = text.replace(",", "\N{NARROW NO-BREAK SPACE}").replace(".", ",")
    return f"{text} {currency.upper()}"


def check_currency(currency: str) -> str:
    lower = currency.lower()
    if lower not in SUPPORTED:
        raise ParameterRefused(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: {', '.join(sorted(SUPPORTED))}",
            param="currency",
        )
    return lower


def check_amount(amount: int, *, currency: str, param: str = "amount") -> None:
    if amount < 1:
        raise ParameterRefused(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=param
        )
    if currency in WHOLE_TIMES_HUNDRED and amount % 100:
        raise StripeError(
            f"Invalid amount: {currency} has no decimals; the amount must be a multiple of 100.",
            code="invalid_charge_amount_no_decimal_compatible",
            param=param,
        )
    if currency in THREE_DECIMALS and amount % 10:
        raise StripeError(
            f"Invalid amount: in {currency} the last digit must be 0.", code="parameter_invalid_integer", param=param
        )
    least = _LEAST.get(currency, 1)
    if amount < least:
        raise StripeError(
            f"Amount must be at least {shown(least, currency=currency)}", code="amount_too_small", param=param
        )
    if amount > AMOUNT_MAX:
        raise StripeError(
            f"Amount must be no more than {shown(AMOUNT_MAX, currency=currency)}", code="amount_too_large", param=param
        )


def fee(amount: int, *, currency: str) -> int:
    """1.5 % rounded half up, plus 25 of the smallest unit where there are decimals; never more than the amount."""
    fixed = 0 if decimals(currency) == 0 else 25
    return min(amount, (amount * 15 + 500) // 1000 + fixed)
