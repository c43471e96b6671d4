"""CinetPay's words: what each state is called in each generation, who operates where, what is refused and how."""

from simulator.wire import Json

# State -> (code, message, data.status) of checkout v2; the code of a refusal is the payment's own.
STATES_V2 = {
    "open": ("662", "WAITING_CUSTOMER_PAYMENT", "PENDING"),
    "waiting": ("623", "WAITING_CUSTOMER_TO_VALIDATE", "WAITING_FOR_CUSTOMER"),
    "otp": ("663", "WAITING_CUSTOMER_OTP_CODE", "PENDING"),
    "paid": ("00", "SUCCES", "ACCEPTED"),
    "refused": ("600", "PAYMENT_FAILED", "REFUSED"),
    "cancelled": ("627", "TRANSACTION_CANCEL", "REFUSED"),
    "expired": ("625", "ABONNEMENT_OR_TRANSACTIONS_EXPIRED", "REFUSED"),
}
REFUSALS = {
    "600": "PAYMENT_FAILED",
    "602": "INSUFFICIENT_BALANCE",
    "603": "SERVICE_UNAVAILABLE",
    "604": "OTP_CODE_ERROR",
    "606": "INCORRECT_SETTINGS",
    "804": "OPERATOR_UNAVAILABLE",
}
STATES_V1 = {
    "open": (2001, "INITIATED"),
    "waiting": (2002, "PENDING"),
    "otp": (2002, "PENDING"),
    "paid": (100, "SUCCESS"),
    "refused": (2010, "FAILED"),
    "cancelled": (2010, "FAILED"),
    "expired": (2003, "EXPIRED"),
}
TRANSFERS_V1 = {
    "NEW": (2001, "INITIATED"),
    "REC": (2002, "PENDING"),
    "NOS": (2002, "PENDING"),
    "VAL": (100, "SUCCESS"),
    "REJ": (2010, "FAILED"),
}
TRANSFER_MESSAGES = {
    "602": "INSUFFICIENT_BALANCE",
    "701": "INVALID_CREDENTIALS",
    "703": "USER_NOT_FOUND",
    "704": "INVALID_PARAMS",
    "705": "EXPIRED_TOKEN",
    "706": "INVALID_TOKEN",
    "716": "INVALID_DATA",
    "717": "INVALID_PHONE",
    "718": "INVALID_JSON",
    "719": "AMOUNT_TOO_SMALL",
    "720": "AMOUNT_TOO_LARGE",
    "721": "OPERATOR_NOT_SUPPORTED",
    "723": "NOT_FOUND",
    "724": "NOT_A_CONTACT",
    "725": "NOTIFY_URL_MISSING",
    "801": "INVALID_AMOUNT",
    "805": "CLIENT_TRANSACTION_ID_EXIST",
}
# Country -> (currencies, prefix, operators as the second generation names them without the country).
COUNTRIES = {
    "CI": (("XOF",), "225", ("OM", "MTN", "MOOV", "WAVE")),
    "BF": (("XOF",), "226", ("OM", "MOOV", "WAVE")),
    "ML": (("XOF",), "223", ("OM", "MOOV")),
    "SN": (("XOF",), "221", ("OM", "FREE", "EXPRESSO", "WAVE")),
    "TG": (("XOF",), "228", ("MOOV", "TMONEY")),
    "BJ": (("XOF",), "229", ("MOOV", "MTN")),
    "NE": (("XOF",), "227", ("AIRTEL", "MOOV", "ZAMANI")),
    "CM": (("XAF",), "237", ("OM", "MTN")),
    "CD": (("CDF", "USD"), "243", ("OM", "AIRTEL", "MPESA", "AFRICELL")),
    "GN": (("GNF",), "224", ("OM", "MTN")),
}
CARDS = ("VISA", "MASTERCARD")
WALLETS = ("CINETPAY_WALLET",)
CHANNELS = ("ALL", "MOBILE_MONEY", "CREDIT_CARD", "WALLET")


class Refused(Exception):
    """The call is refused as CinetPay refuses it; nothing was executed."""

    def __init__(self, body: Json, *, status: int = 400) -> None:
        super().__init__(str(body))
        self.body = body
        self.status = status


def refusal(code: str, message: str, description: str = "", *, status: int = 400) -> Refused:
    """One of checkout v2."""
    return Refused({"code": code, "message": message, "description": description}, status=status)


def transfer_refusal(code: str, *, status: int = 400) -> Refused:
    """One of the transfer API: its success is the number 0, its errors are text."""
    return Refused({"code": code, "message": TRANSFER_MESSAGES[code], "description": ""}, status=status)


def v1_refusal(code: int, name: str, description: str = "", *, status: int = 400) -> Refused:
    return Refused({"code": code, "status": name, "description": description}, status=status)


def methods(country: str, *, channels: str) -> list[str]:
    """What the payer may choose from on the page."""
    operators = [f"{name}_{country}" for name in COUNTRIES[country][2]]
    found = operators if channels in ("ALL", "MOBILE_MONEY") else []
    found += [*CARDS] if channels in ("ALL", "CREDIT_CARD") else []
    return found + ([*WALLETS] if channels in ("ALL", "WALLET") else [])
