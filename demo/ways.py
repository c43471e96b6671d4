"""The eight ways to pay that the demo shows: what is asked for, what the payer is given, and what the house earns."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Way:
    """`given` is the field of the answer that tells the payer what to do. Amounts in minor units.

    `is_asked`: what the gateway sends proves too little, so it is asked before money is booked.
    """

    gateway: str
    title: str
    why: str
    amount: int
    currency: str
    seller: str
    description: str
    given: str
    commission: int
    is_asked: bool = False
    fields: dict[str, object] = field(default_factory=dict)


WAYS = (
    Way(
        "stripe",
        "Stripe: 60.500 TND by card",
        "Three decimals. The card form confirms with the client secret; a signed webhook settles it.",
        60500, "TND", "org-medina", "1 ticket, Medina Nights", "clientSecret", 3828,
    ),
    Way(
        "paypal",
        "PayPal: 49.00 EUR, approved and then collected",
        "The payer only approves at PayPal. Money moves when we collect it.",
        4900, "EUR", "des-amara", "1 template, Amara Studio", "redirectUrl", 980,
        fields={"paymentMethod": "paypal"},
    ),
    Way(
        "paystack",
        "Paystack: 20 000.00 NGN on its page",
        "The payer is sent to a page. Its webhook is a reason to ask, and the answer is what counts.",
        2_000_000, "NGN", "org-eko", "1 ticket, Eko Nights", "redirectUrl", 110_000, is_asked=True,
        fields={"country": "NG", "customerEmail": "payer@payer.example"},
    ),
    Way(
        "cinetpay",
        "CinetPay: 10 000 XOF by mobile money",
        "The caller prefers it. Its notification is a form that never says whether it was paid: the check does.",
        10_000, "XOF", "org-lagune", "1 billet, Lagune Live", "redirectUrl", 700, is_asked=True,
        fields={
            "paymentMethod": "mobile_money",
            "country": "CI",
            "customerPhone": "+2250700000000",
            "preferredGateways": ["cinetpay"],
        },
    ),
    Way(
        "mtn_momo",
        "MTN MoMo: 25.00 EUR, approved on the phone",
        "No page: the payer's phone asks for the PIN. (MTN's sandbox knows no currency but the euro.)",
        2500, "EUR", "org-baobab", "1 ticket, Nuit 12", "instructions", 140, is_asked=True,
        fields={"paymentMethod": "mobile_money", "country": "CM", "customerPhone": "+46733120001"},
    ),
    Way(
        "orange_money",
        "Orange Money: 15 000 XOF on its page",
        "A rule of the tenant puts it before CinetPay, and it costs less. Its notification is only a hint.",
        15_000, "XOF", "org-teranga", "1 billet, Teranga Live", "redirectUrl", 1000, is_asked=True,
        fields={"paymentMethod": "mobile_money", "country": "CI"},
    ),
    Way(
        "pagadito",
        "Pagadito: 39.00 USD on its page",
        "A rule of the tenant: cards in El Salvador go to Pagadito first.",
        3900, "USD", "des-lotus", "1 template, Lotus Templates", "redirectUrl", 780, is_asked=True,
        fields={"country": "SV"},
    ),
    Way(
        "bank_transfer",
        "Bank transfer: 35.00 EUR, found on the statement",
        "No gateway at all: the payer copies a reference into a bank's form, the bank's statement names it.",
        3500, "EUR", "org-kinoko", "1 ticket, Kinoko", "instructions", 225,
        fields={"paymentMethod": "bank_transfer"},
    ),
)  # fmt: skip
