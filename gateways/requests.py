"""What a tenant may send about its gateway accounts. Credentials go in and never come out."""

from typing import Annotated

import msgspec
from msgspec import Meta

from common.api.body import CurrencyCode, RequestBody

_Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z")]
_Value = Annotated[str, Meta(max_length=4_000)]


class SaveCredentials(RequestBody, frozen=True, kw_only=True):
    """Without `account` a new account is opened; with it, the named values of that account are replaced."""

    gateway: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,19}\Z")]
    account: Annotated[str, Meta(pattern=r"^(gwa_[0-9a-f]{32})?\Z", description="gwa_…")] = ""
    name: Annotated[str, Meta(max_length=100, description="What people call it.")] = ""
    currencies: Annotated[list[CurrencyCode], Meta(max_length=200)] = msgspec.field(default_factory=list)
    credentials: Annotated[dict[_Name, _Value], Meta(min_length=1, max_length=40)]


class CreateCustomer(RequestBody, frozen=True, kw_only=True):
    """A payer at the gateway, under whom it keeps methods of payment."""

    user_id: Annotated[str, Meta(pattern=r"^[\x21-\x7e]{1,100}\Z", description="The payer's id at the core platform.")]
    email: Annotated[str, Meta(pattern=r"^([^@\s]{1,64}@[^@\s]{1,189})?\Z")] = ""
    name: Annotated[str, Meta(max_length=200)] = ""
