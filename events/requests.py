"""What callers send about webhook endpoints."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from common.api.body import RequestBody
from events.addresses import URL_LENGTH_MAX

_Url = Annotated[str, Meta(min_length=1, max_length=URL_LENGTH_MAX, description="https, port 443, a public host.")]
_Types = Annotated[
    list[Annotated[str, Meta(max_length=60)]],
    Meta(max_length=50, description="Such as payment.completed or payment.*; empty: all."),
]
_Description = Annotated[str, Meta(max_length=200)]
OVERLAP_SECONDS_MAX = 7 * 24 * 3600


class CreateEndpoint(RequestBody, frozen=True):
    url: _Url
    types: _Types = msgspec.field(default_factory=list)
    description: _Description = ""


class ChangeEndpoint(RequestBody, frozen=True):
    """What is left out stays as it is."""

    url: _Url | UnsetType = UNSET
    types: _Types | UnsetType = UNSET
    description: _Description | UnsetType = UNSET
    state: Annotated[str, Meta(pattern=r"^(active|paused)\Z")] | UnsetType = UNSET


class RotateSecret(RequestBody, frozen=True):
    overlap_seconds: Annotated[int, Meta(ge=0, le=OVERLAP_SECONDS_MAX)] = 24 * 3600


class ReplayDeliveries(RequestBody, frozen=True):
    """Which events of which time are sent again to this endpoint."""

    since: Annotated[str, Meta(max_length=40, description="ISO 8601; events recorded from then on.")]
    until: Annotated[str, Meta(max_length=40, description="Left out: now.")] = ""
    types: Annotated[list[Annotated[str, Meta(max_length=60)]], Meta(max_length=50)] = msgspec.field(
        default_factory=list
    )
    states: Annotated[
        list[Annotated[str, Meta(pattern=r"^(failed|delivered|waiting|missing)\Z")]],
        Meta(min_length=1, max_length=4, description="missing: events that were never meant for this endpoint."),
    ] = msgspec.field(default_factory=lambda: ["failed"])
