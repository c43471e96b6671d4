"""Where gateways send their webhooks. Stored means 200, a duplicate too; anything that is not genuine is refused.

5xx means that it could not be stored: the gateway sends it again.
"""

import logging
from uuid import UUID

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from common import clock, ids, sources
from common.api.envelope import success
from common.api.parsing import InvalidJson, LengthRequired
from common.api.problems import (
    BodyTooLarge,
    Forbidden,
    RateLimited,
    Unavailable,
    method_not_allowed,
    problem_response,
)
from common.errors import DomainError, Invalid, NotFound
from common.queue import wake
from common.sources import Address
from gateways import registry
from gateways.contract import IncomingWebhook, WebhookRefused
from gateways.forgeries import patience
from gateways.inbox import QUERY_MAX, receive
from gateways.metrics import RECEIVED, REFUSED
from gateways.models import GatewayAccount
from gateways.replay import SETTLE_TASK

logger = logging.getLogger(__name__)

BODY_BYTES_MAX = 256 * 1024
_ACCOUNTS_TRIED_MAX = 20
_FORGERY_WAIT_SECONDS = 60


class WebhookNotGenuine(Invalid):
    code = "WEBHOOK_NOT_GENUINE"


class WebhookAddressUnknown(NotFound):
    code = "WEBHOOK_ADDRESS_UNKNOWN"


class WebhookSourceRefused(Forbidden):
    code = "WEBHOOK_SOURCE_REFUSED"


@csrf_exempt
def webhook(request: HttpRequest, gateway: str, account: str = "") -> HttpResponse:
    """`account` is the public id of the gateway account; without it every account of the gateway is tried."""
    if request.method in ("GET", "HEAD"):
        return success(None, message="Webhooks are posted here.")
    if request.method not in ("POST", "PUT"):
        return method_not_allowed(request, allowed=("GET", "POST", "PUT"))
    try:
        is_new = _taken(request, gateway=gateway, account=account)
    except DomainError as error:
        REFUSED.labels(_label(gateway), error.code).inc()
        return problem_response(request, error)
    RECEIVED.labels(gateway, "new" if is_new else "known").inc()
    if is_new:
        wake(SETTLE_TASK)
    return success(None, message="Stored." if is_new else "Known already.")


def _taken(request: HttpRequest, *, gateway: str, account: str) -> bool:
    """Everything between the door and the row. Raises DomainError."""
    source = sources.client_address(request.META, proxies=settings.TRUSTED_PROXIES)
    _admit(source, gateway=gateway, address=f"{gateway}/{account}")
    webhook = _read(request)
    try:
        return _receive(_connections(gateway, account), webhook)
    except WebhookNotGenuine:
        patience.note_forgery(source, f"{gateway}/{account}")
        raise
    except Error as error:
        logger.exception("webhook could not be stored", extra={"gateway": _label(gateway)})
        raise Unavailable("The webhook could not be stored: send it again.") from error


def _admit(source: Address | None, *, gateway: str, address: str) -> None:
    allowed = settings.WEBHOOK_ALLOWED_SOURCES.get(gateway)
    if allowed is not None and not sources.is_within(source, allowed):
        logger.warning("webhook from an address that is not on the list", extra={"gateway": gateway})
        raise WebhookSourceRefused("Webhooks of this gateway are not taken from your address.")
    if patience.is_at_end(source, address):
        raise RateLimited(retry_after_seconds=_FORGERY_WAIT_SECONDS)


def _label(gateway: str) -> str:
    """Addresses are what anybody writes; labels of metrics are kept for ever."""
    return gateway if gateway in registry.ADAPTERS else "unknown"


def _connections(gateway: str, account: str) -> list[registry.Connection]:
    if account:
        public_id = ids.read(ids.GATEWAY_ACCOUNT, account)
        link = registry.connection_of(public_id.hex) if public_id else None
        links = [link] if link and link.account.gateway == gateway else []
    else:
        links = _every_connection(gateway)
    if not links:
        raise WebhookAddressUnknown("No gateway account listens at this address.")
    return links


def _every_connection(gateway: str) -> list[registry.Connection]:
    public_ids = GatewayAccount.objects.filter(gateway=gateway).order_by("id").values_list("public_id", flat=True)
    found = (registry.connection_of(UUID(str(value)).hex) for value in public_ids[:_ACCOUNTS_TRIED_MAX])
    return [link for link in found if link is not None]


def _read(request: HttpRequest) -> IncomingWebhook:
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        raise LengthRequired("Send the body with a Content-Length.")
    if int(length) > BODY_BYTES_MAX:
        raise BodyTooLarge(f"A webhook has at most {BODY_BYTES_MAX} bytes.")
    try:
        body = request.body
    except UnreadablePostError:
        raise InvalidJson("The body did not arrive in full.") from None
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in request.META.items()
        if name.startswith(("HTTP_", "CONTENT_"))
    }
    query = request.META.get("QUERY_STRING", "")
    if len(query) > QUERY_MAX:
        raise BodyTooLarge(f"The address of a webhook has a query of at most {QUERY_MAX} characters.")
    return IncomingWebhook(body=body, headers=headers, received_epoch=clock.epoch(), query=query)


def _receive(links: list[registry.Connection], webhook: IncomingWebhook) -> bool:
    refusal = ""
    for link in links:
        try:
            return receive(link, webhook)
        except WebhookRefused as refused:
            refusal = str(refused)
    logger.warning("webhook refused", extra={"gateway": links[0].account.gateway, "reason": refusal})
    raise WebhookNotGenuine("The webhook is not signed with a secret of this account, or too old.")
