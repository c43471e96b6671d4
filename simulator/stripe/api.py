"""The calls below /stripe/v1: each handler takes checked parameters and answers with a shape."""

import orjson

from simulator.routing import Route
from simulator.stripe import currencies, specs
from simulator.stripe.accounts import Accounts
from simulator.stripe.context import Context, Handler
from simulator.stripe.errors import ParameterRefused
from simulator.stripe.expand import check_paths
from simulator.stripe.intents import Intents, merge_metadata
from simulator.stripe.lists import PAGING, page
from simulator.stripe.objects import charge_shape, customer_shape, endpoint_shape, intent_shape
from simulator.stripe.params import Spec
from simulator.stripe.state import Account, Customer, Endpoint
from simulator.wire import Json
from simulator.world import World


class Api:
    def __init__(self, *, world: World, accounts: Accounts, intents: Intents) -> None:
        self._world = world
        self._accounts = accounts
        self._intents = intents

    def routes(self) -> list[Route]:
        def route(method: str, path: str, operation: str, handler: Handler, spec: Spec) -> Route:
            return Route(method=method, path=f"/v1{path}", operation=operation, handler=handler, details=spec)

        one = "/payment_intents/{intent}"
        return [
            route("POST", "/payment_intents", "create", self.create, specs.CREATE),
            route("GET", "/payment_intents", "list", self.list_intents, specs.LIST_INTENTS),
            route("GET", one, "retrieve", self.retrieve, specs.RETRIEVE),
            route("POST", one, "update", self.update, specs.UPDATE),
            route("POST", f"{one}/confirm", "confirm", self.confirm, specs.CONFIRM),
            route("POST", f"{one}/cancel", "cancel", self.cancel, specs.CANCEL),
            route("POST", f"{one}/capture", "capture", self.capture, specs.CAPTURE),
            route("GET", "/charges", "list_charges", self.list_charges, specs.LIST_CHARGES),
            route("GET", "/charges/{id}", "retrieve_charge", self.charge, specs.RETRIEVE),
            route("GET", "/events", "list_events", self.list_events, specs.LIST_EVENTS),
            route("GET", "/events/{id}", "retrieve_event", self.event, specs.RETRIEVE),
            route("POST", "/customers", "create_customer", self.create_customer, specs.CUSTOMER),
            route("GET", "/customers", "list_customers", self.list_customers, specs.LIST_CUSTOMERS),
            route("GET", "/customers/{id}", "retrieve_customer", self.customer, specs.RETRIEVE),
            route("POST", "/customers/{id}", "update_customer", self.update_customer, specs.CUSTOMER),
            route("POST", "/webhook_endpoints", "create_endpoint", self.create_endpoint, specs.ENDPOINT),
            route("GET", "/webhook_endpoints", "list_endpoints", self.list_endpoints, PAGING),
            route("GET", "/webhook_endpoints/{id}", "retrieve_endpoint", self.endpoint, specs.RETRIEVE),
            route("DELETE", "/webhook_endpoints/{id}", "delete_endpoint", self.delete_endpoint, specs.NOTHING),
        ]

    def create(self, context: Context) -> Json:
        intent = self._intents.create(context.account, params=context.params, cause=context.cause)
        return context.shown(intent_shape(intent))

    def list_intents(self, context: Context) -> Json:
        customer = context.params.get("customer")
        return context.shown(
            page(
                context.account.intents,
                params=context.params,
                url="/v1/payment_intents",
                show=intent_shape,
                keep=lambda intent: customer is None or intent.customer == customer,
            )
        )

    def retrieve(self, context: Context) -> Json:
        return context.shown(intent_shape(context.intent()))

    def update(self, context: Context) -> Json:
        intent = context.intent()
        self._intents.update(intent, params=context.params)
        return context.shown(intent_shape(intent))

    def confirm(self, context: Context) -> Json:
        intent = context.intent()
        self._intents.confirm(intent, params=context.params, cause=context.cause)
        return context.shown(intent_shape(intent))

    def cancel(self, context: Context) -> Json:
        intent = context.intent()
        self._intents.cancel(intent, reason=context.params.get("cancellation_reason"), cause=context.cause)
        return context.shown(intent_shape(intent))

    def capture(self, context: Context) -> Json:
        intent = context.intent()
        merge_metadata(intent.metadata, changes=context.params.get("metadata", {}))
        self._intents.capture(intent, amount=context.params.get("amount_to_capture"), cause=context.cause)
        return context.shown(intent_shape(intent))

    def charge(self, context: Context) -> Json:
        return context.shown(charge_shape(context.record(context.account.charges, kind="charge")))

    def list_charges(self, context: Context) -> Json:
        params = context.params
        return context.shown(
            page(
                context.account.charges,
                params=params,
                url="/v1/charges",
                show=charge_shape,
                keep=lambda charge: (
                    params.get("payment_intent") in (None, charge.intent)
                    and params.get("customer") in (None, charge.customer)
                    and params.get("transfer_group") in (None, charge.given.get("transfer_group"))
                ),
            )
        )

    def list_events(self, context: Context) -> Json:
        wanted = set(context.params.get("types", [])) | {context.params.get("type")} - {None}
        return page(
            context.account.events,
            params=context.params,
            url="/v1/events",
            show=lambda event: _event_shape(event.body, waiting=len(event.waiting)),
            keep=lambda event: not wanted or event.type in wanted,
        )

    def event(self, context: Context) -> Json:
        event = context.record(context.account.events, kind="event")
        return _event_shape(event.body, waiting=len(event.waiting))

    def create_customer(self, context: Context) -> Json:
        given = {name: value for name, value in context.params.items() if name not in ("metadata", "expand")}
        customer = Customer(
            id=f"cus_{self._world.token(length=14)}",
            account=context.account.id,
            created=self._world.now(),
            metadata=context.params.get("metadata", {}),
            given=given,
        )
        self._accounts.keep(customer)
        return context.shown(customer_shape(customer))

    def customer(self, context: Context) -> Json:
        return context.shown(customer_shape(context.record(context.account.customers, kind="customer")))

    def update_customer(self, context: Context) -> Json:
        customer: Customer = context.record(context.account.customers, kind="customer")
        merge_metadata(customer.metadata, changes=context.params.get("metadata", {}))
        given = {name: value for name, value in context.params.items() if name not in ("metadata", "expand")}
        customer.given.update(given)
        self._accounts.keep(customer)
        return customer_shape(customer)

    def list_customers(self, context: Context) -> Json:
        email = context.params.get("email")
        return page(
            context.account.customers,
            params=context.params,
            url="/v1/customers",
            show=customer_shape,
            keep=lambda customer: email is None or customer.given.get("email") == email,
        )

    def create_endpoint(self, context: Context) -> Json:
        params = context.params
        if not params["url"].startswith(("http://", "https://")):
            raise ParameterRefused("Invalid URL: An explicit scheme (such as https) must be provided.", param="url")
        endpoint = self.new_endpoint(context.account, url=params["url"], enabled_events=params["enabled_events"])
        endpoint.description = params.get("description")
        endpoint.metadata = params.get("metadata", {})
        return endpoint_shape(endpoint, with_secret=True)

    def new_endpoint(
        self, account: Account, *, url: str, enabled_events: list[str], secret: str | None = None
    ) -> Endpoint:
        endpoint = Endpoint(
            id=f"we_1{self._world.token(length=23)}",
            account=account.id,
            url=url,
            secret=secret or f"whsec_{self._world.token(length=32)}",
            enabled_events=enabled_events,
            created=self._world.now(),
        )
        self._accounts.keep(endpoint)
        return endpoint

    def endpoint(self, context: Context) -> Json:
        return endpoint_shape(context.record(context.account.endpoints, kind="webhook endpoint"))

    def list_endpoints(self, context: Context) -> Json:
        return page(context.account.endpoints, params=context.params, url="/v1/webhook_endpoints", show=endpoint_shape)

    def delete_endpoint(self, context: Context) -> Json:
        endpoint: Endpoint = context.record(context.account.endpoints, kind="webhook endpoint")
        self._accounts.delete_endpoint(endpoint)
        return {"id": endpoint.id, "object": "webhook_endpoint", "deleted": True}


def checked(route: Route, params: Json) -> Json:
    """What the parameters mean beyond their types, still before anything begins."""
    if "currency" in params:
        params["currency"] = currencies.check_currency(params["currency"])
    check_paths(params.get("expand", []), path=route.path, method=route.method)
    if route.operation != "create" or params.get("confirm"):
        return params
    for name in ("return_url", "off_session"):
        if name in params:
            raise ParameterRefused(
                f"The parameter `{name}` cannot be passed when creating a PaymentIntent unless "
                "`confirm` is set to true.",
                param=name,
            )
    return params


def _event_shape(body: str, *, waiting: int) -> Json:
    shape: Json = orjson.loads(body)
    shape["pending_webhooks"] = waiting
    return shape
