"""The calls about money beyond the payment: refunds, disputes, transfers, payouts, lines, the balance, kept methods."""

from simulator.routing import Route
from simulator.stripe import specs
from simulator.stripe.accounts import Accounts
from simulator.stripe.cards import find_card
from simulator.stripe.context import Context, Handler
from simulator.stripe.errors import StripeError, missing_resource
from simulator.stripe.lists import page
from simulator.stripe.money_objects import (
    balance_shape,
    dispute_shape,
    payout_shape,
    refund_shape,
    transaction_shape,
    transfer_shape,
)
from simulator.stripe.money_state import SavedMethod
from simulator.stripe.objects import saved_method_shape
from simulator.stripe.params import Spec
from simulator.stripe.payouts import Payouts
from simulator.stripe.refunds import Refunds
from simulator.wire import Json
from simulator.world import World


class MoneyApi:
    def __init__(self, *, world: World, accounts: Accounts, refunds: Refunds, payouts: Payouts) -> None:
        self._world = world
        self._accounts = accounts
        self._refunds = refunds
        self._payouts = payouts

    def routes(self) -> list[Route]:
        def route(method: str, path: str, operation: str, handler: Handler, spec: Spec) -> Route:
            return Route(method=method, path=f"/v1{path}", operation=operation, handler=handler, details=spec)

        return [
            route("POST", "/refunds", "refund", self.create_refund, specs.REFUND),
            route("GET", "/refunds", "list_refunds", self.list_refunds, specs.LIST_REFUNDS),
            route("GET", "/refunds/{id}", "retrieve_refund", self.refund, specs.RETRIEVE),
            route("GET", "/disputes", "list_disputes", self.list_disputes, specs.LIST_DISPUTES),
            route("GET", "/disputes/{id}", "retrieve_dispute", self.dispute, specs.RETRIEVE),
            route("POST", "/transfers", "transfer", self.create_transfer, specs.TRANSFER),
            route("GET", "/transfers", "list_transfers", self.list_transfers, specs.LIST_TRANSFERS),
            route("GET", "/transfers/{id}", "retrieve_transfer", self.transfer, specs.RETRIEVE),
            route("POST", "/payouts", "payout", self.create_payout, specs.PAYOUT),
            route("GET", "/payouts", "list_payouts", self.list_payouts, specs.LIST_PAYOUTS),
            route("GET", "/payouts/{id}", "retrieve_payout", self.payout, specs.RETRIEVE),
            route("POST", "/payouts/{id}/cancel", "cancel_payout", self.cancel_payout, specs.RETRIEVE),
            route("GET", "/balance", "balance", self.balance, specs.RETRIEVE),
            route("GET", "/balance_transactions", "list_transactions", self.transactions, specs.LIST_TRANSACTIONS),
            route("GET", "/balance_transactions/{id}", "retrieve_transaction", self.transaction, specs.RETRIEVE),
            route("GET", "/payment_methods", "list_methods", self.list_methods, specs.LIST_METHODS),
            route("GET", "/payment_methods/{id}", "retrieve_method", self.method, specs.RETRIEVE),
            route("POST", "/payment_methods/{id}/attach", "attach_method", self.attach, specs.ATTACH),
            route("POST", "/payment_methods/{id}/detach", "detach_method", self.detach, specs.RETRIEVE),
        ]

    def create_refund(self, context: Context) -> Json:
        return context.shown(
            refund_shape(self._refunds.create(context.account, params=context.params, cause=context.cause))
        )

    def list_refunds(self, context: Context) -> Json:
        params = context.params
        return context.shown(
            page(
                context.account.refunds,
                params=params,
                url="/v1/refunds",
                show=refund_shape,
                keep=lambda refund: (
                    params.get("payment_intent") in (None, refund.intent)
                    and params.get("charge") in (None, refund.charge)
                ),
            )
        )

    def refund(self, context: Context) -> Json:
        return context.shown(refund_shape(context.record(context.account.refunds, kind="refund")))

    def list_disputes(self, context: Context) -> Json:
        params, account = context.params, context.account
        return page(
            account.disputes,
            params=params,
            url="/v1/disputes",
            show=lambda dispute: dispute_shape(dispute, account=account, now=context.now),
            keep=lambda dispute: (
                params.get("payment_intent") in (None, dispute.intent)
                and params.get("charge") in (None, dispute.charge)
            ),
        )

    def dispute(self, context: Context) -> Json:
        found = context.record(context.account.disputes, kind="dispute")
        return dispute_shape(found, account=context.account, now=context.now)

    def create_transfer(self, context: Context) -> Json:
        return transfer_shape(self._payouts.transfer(context.account, params=context.params, cause=context.cause))

    def list_transfers(self, context: Context) -> Json:
        params = context.params
        return page(
            context.account.transfers,
            params=params,
            url="/v1/transfers",
            show=transfer_shape,
            keep=lambda transfer: (
                params.get("destination") in (None, transfer.destination)
                and params.get("transfer_group") in (None, transfer.given.get("transfer_group"))
            ),
        )

    def transfer(self, context: Context) -> Json:
        return transfer_shape(context.record(context.account.transfers, kind="transfer"))

    def create_payout(self, context: Context) -> Json:
        return payout_shape(self._payouts.pay_out(context.account, params=context.params, cause=context.cause))

    def list_payouts(self, context: Context) -> Json:
        params = context.params
        return page(
            context.account.payouts,
            params=params,
            url="/v1/payouts",
            show=payout_shape,
            keep=lambda payout: params.get("status") in (None, payout.status),
        )

    def payout(self, context: Context) -> Json:
        return payout_shape(context.record(context.account.payouts, kind="payout"))

    def cancel_payout(self, context: Context) -> Json:
        payout = context.record(context.account.payouts, kind="payout")
        self._payouts.become(payout, status="canceled", failure_code="", cause=context.cause)
        return payout_shape(payout)

    def balance(self, context: Context) -> Json:
        return balance_shape(context.account, now=context.now)

    def transactions(self, context: Context) -> Json:
        params = context.params
        return context.shown(
            page(
                context.account.transactions,
                params=params,
                url="/v1/balance_transactions",
                show=lambda line: transaction_shape(line, now=context.now),
                keep=lambda line: (
                    params.get("currency") in (None, line.currency)
                    and params.get("source") in (None, line.source)
                    and params.get("type") in (None, line.type)
                    and params.get("payout") in (None, line.payout)
                ),
            )
        )

    def transaction(self, context: Context) -> Json:
        found = context.record(context.account.transactions, kind="balance transaction")
        return context.shown(transaction_shape(found, now=context.now))

    def list_methods(self, context: Context) -> Json:
        customer = context.params.get("customer")
        if customer is not None and customer not in context.account.customers:
            raise missing_resource("customer", customer, param="customer")
        return page(
            context.account.methods,
            params=context.params,
            url="/v1/payment_methods",
            show=saved_method_shape,
            keep=lambda method: customer is not None and method.customer == customer,
        )

    def method(self, context: Context) -> Json:
        return saved_method_shape(context.record(context.account.methods, kind="PaymentMethod"))

    def attach(self, context: Context) -> Json:
        """A magic id becomes a method of the customer, as in the test mode."""
        customer = context.params["customer"]
        if customer not in context.account.customers:
            raise missing_resource("customer", customer, param="customer")
        card = find_card(context.path["id"])
        if card is None:
            raise missing_resource("PaymentMethod", context.path["id"])
        method = SavedMethod(
            id=f"pm_1{self._world.token(length=23)}",
            account=context.account.id,
            card=card.id,
            created=self._world.now(),
            customer=customer,
        )
        self._accounts.keep(method)
        return saved_method_shape(method)

    def detach(self, context: Context) -> Json:
        method: SavedMethod = context.record(context.account.methods, kind="PaymentMethod")
        if method.customer is None:
            raise StripeError(
                "The payment method you provided is not attached to a customer so detachment is impossible."
            )
        method.customer = None
        self._accounts.keep(method)
        return saved_method_shape(method)
