"""What an account's credentials say, read and checked before anything is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from gateways.adapters.mtn_momo.environments import ENVIRONMENTS, HOSTS, SANDBOX, Environment
from gateways.contract import CredentialField, Credentials
from gateways.errors import NotSent

Value = TypeVar("Value")


class Product(StrEnum):
    """Each product has a subscription key, a user and a secret of its own, and a purse of its own."""

    COLLECTION = "collection"
    DISBURSEMENT = "disbursement"


class RefundWay(StrEnum):
    REFUND = "refund"
    TRANSFER = "transfer"
    NONE = ""


_REFUND_WAYS: Mapping[str, RefundWay] = {
    "yes": RefundWay.REFUND,
    "transfer": RefundWay.TRANSFER,
    "no": RefundWay.NONE,
    "": RefundWay.NONE,
}
_BENIN_DIGITS: Mapping[str, int] = {"": 10, "10": 10, "8": 8}


@dataclass(frozen=True, slots=True)
class SignIn:
    """One product's credentials. On the new platform the user is any text, not a UUID."""

    subscription_key: str = field(repr=False)
    user: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Options:
    platform: str
    environment: Environment
    callback_host: str
    refund_way: RefundWay
    benin_digits: int


FIELDS = (
    CredentialField("platform", "sandbox, legacy or new", is_secret=False, is_fixed=True),
    CredentialField("target_environment", "X-Target-Environment: sandbox, mtnghana, …", is_secret=False, is_fixed=True),
    CredentialField("collection_subscription_key", "Subscription key of the product Collection"),
    CredentialField("collection_user", "API user, or User ID of the System Credentials, for Collection"),
    CredentialField("collection_secret", "API key, or Credential Token, for Collection"),
    CredentialField("disbursement_subscription_key", "Subscription key of the product Disbursement", is_required=False),
    CredentialField("disbursement_user", "API user or User ID for Disbursement", is_required=False),
    CredentialField("disbursement_secret", "API key or Credential Token for Disbursement", is_required=False),
    CredentialField(
        "callback_host",
        "The providerCallbackHost registered at MTN; empty: no callbacks, we ask",
        is_required=False,
        is_secret=False,
    ),
    CredentialField(
        "refund_supported",
        "yes: MTN refunds; transfer: pay the payer by transfer; no or empty: no refunds",
        is_required=False,
        is_secret=False,
    ),
    CredentialField(
        "benin_digits",
        "Digits of a number in Benin as MTN wants them: 10 (also when empty) or 8",
        is_required=False,
        is_secret=False,
    ),
)


def read_options(credentials: Credentials) -> Options:
    """Raises NotSent when the platform, the environment or a setting is not one we know, or of the other mode."""
    platform = credentials.get("platform")
    environment = ENVIRONMENTS.get(credentials.get("target_environment"))
    if platform not in HOSTS:
        raise _unusable("platform is not sandbox, legacy or new")
    if environment is None or (environment.name == SANDBOX) is not (platform == SANDBOX):
        raise _unusable("target_environment is not one of this platform")
    if (platform == SANDBOX) is credentials.livemode:
        raise _unusable("the platform is not of the account's mode")
    return Options(
        platform=platform,
        environment=environment,
        callback_host=credentials.get("callback_host").strip().lower(),
        refund_way=_one_of(_REFUND_WAYS, credentials, name="refund_supported"),
        benin_digits=_one_of(_BENIN_DIGITS, credentials, name="benin_digits"),
    )


def read_sign_in(credentials: Credentials, product: Product) -> SignIn:
    """Raises NotSent when one of the three values is missing or cannot stand in a header."""
    names = [f"{product}_{part}" for part in ("subscription_key", "user", "secret")]
    values = [credentials.get(name) for name in names]
    for name, value in zip(names, values, strict=True):
        if not (value.isascii() and value.isprintable()) or not value or " " in value:
            raise _unusable(f"{name} is missing or not usable")
    subscription_key, user, secret = values
    if ":" in user:
        raise _unusable(f"{product}_user holds a colon")
    return SignIn(subscription_key, user, secret)


def has_sign_in(credentials: Credentials, product: Product) -> bool:
    """Whether the product is set up at all."""
    return bool(credentials.get(f"{product}_subscription_key"))


def refund_way_of(credentials: Credentials) -> RefundWay:
    """The way refunds go; none also where the setting is not one we know, which `read_options` refuses."""
    return _REFUND_WAYS.get(credentials.get("refund_supported").strip().lower(), RefundWay.NONE)


def _one_of(known: Mapping[str, Value], credentials: Credentials, *, name: str) -> Value:
    value = known.get(credentials.get(name).strip().lower())
    if value is None:
        raise _unusable(f"{name} is not one of {', '.join(word for word in known if word)}")
    return value


def _unusable(detail: str) -> NotSent:
    return NotSent("credentials_unusable", detail)
