"""What happens to money: paid, refunded, disputed, transferred, settled. Every change of state goes through here.

The caller holds the world's lock.
"""

from simulator.paystack.accounts import Accounts
from simulator.paystack.cards import CARDS, Card
from simulator.paystack.errors import PaystackError
from simulator.paystack.events import Publisher
from simulator.paystack.shapes import refund_shape, transaction_shape
from simulator.paystack.shapes_out import dispute_shape, transfer_shape
from simulator.paystack.state import Account, Authorization, Dispute, Refund, Settlement, Transaction, Transfer
from simulator.world import World

OPEN_STATUSES = ("abandoned", "failed", "ongoing", "pending")
LOST = ("merchant-accepted", "auto-accepted")
ANSWER_SECONDS = 16 * 3600
_FEE_PERMILLE = 15


class Till:
    def __init__(self, *, world: World, accounts: Accounts, publisher: Publisher) -> None:
        self._world = world
        self._accounts = accounts
        self._publisher = publisher

    # --- Payments ----------------------------------------------------------------------------------------------------

    def pay(self, transaction: Transaction, *, card: Card) -> None:
        """The payer tries this card. What failed before may be tried again."""
        if transaction.status not in OPEN_STATUSES:
            raise PaystackError(f"Transaction is already {transaction.status}")
        if card.status == "error":
            raise PaystackError("Internal server error", status=500, kind="api_error", code="unknown")
        transaction.card, transaction.channel = card.name, card.channel
        transaction.status, transaction.gateway_response = card.status, card.response
        if card.status == "success":
            self.succeed(transaction)
        self._accounts.keep(transaction)

    def finish(self, transaction: Transaction, *, succeeds: bool) -> None:
        """A payment that is ongoing or pending ends: the password was right, the transfer arrived, or not."""
        if transaction.status not in ("ongoing", "pending"):
            raise PaystackError(f"Transaction is {transaction.status}")
        if succeeds:
            self.succeed(transaction)
        else:
            transaction.status, transaction.gateway_response = "failed", "Declined"
        self._accounts.keep(transaction)

    def succeed(self, transaction: Transaction) -> None:
        account = self._accounts.of(transaction.account)
        card = CARDS[transaction.card]
        fees = transaction.requested_amount * _FEE_PERMILLE // 1000
        transaction.status, transaction.gateway_response = "success", "Successful"
        transaction.fees, transaction.paid = fees, self._world.now()
        if account.record.payer_bears_fees:
            transaction.amount = transaction.requested_amount + fees
        transaction.authorization = transaction.authorization or self._authorize(transaction, card=card)
        self._accounts.move_balance(account, currency=transaction.currency, by=transaction.amount - fees)
        settlement = self._open_settlement(account, currency=transaction.currency)
        settlement.transactions.append(transaction.id)
        settlement.processed += transaction.amount
        settlement.fees += fees
        self._accounts.keep(settlement)
        self._accounts.keep(transaction)
        self._tell("charge.success", transaction)

    def reverse(self, transaction: Transaction) -> None:
        """The money is taken back with neither a refund nor a dispute."""
        if transaction.status != "success":
            raise PaystackError(f"Transaction is {transaction.status}")
        self._take(transaction, amount=transaction.amount - transaction.taken_back)
        transaction.status = "reversed"
        self._accounts.keep(transaction)

    # --- Refunds -----------------------------------------------------------------------------------------------------

    def start_refund(self, refund: Refund) -> None:
        account = self._accounts.of(refund.account)
        self._accounts.keep(refund)
        self._tell_refund(refund)
        if account.record.refund_seconds is not None:
            self.finish_refund_later(refund, seconds=account.record.refund_seconds)

    def finish_refund_later(self, refund: Refund, *, seconds: int) -> None:
        def end() -> None:
            with self._world.lock:
                if refund.status == "pending":
                    self.finish_refund(refund)

        self._world.timers.add(end, delay_seconds=seconds)

    def finish_refund(self, refund: Refund, *, status: str = "") -> None:
        """As the card decides, or as told."""
        if refund.status in ("processed", "failed"):
            raise PaystackError(f"Refund is already {refund.status}")
        transaction = self._accounts.of(refund.account).transactions[refund.transaction]
        refund.status = status or CARDS[transaction.card].refund
        if refund.status == "processed":
            refund.refunded_at = self._world.now()
            transaction.refunded += refund.amount
            self._take(transaction, amount=refund.amount)
        self._accounts.keep(refund)
        self._tell_refund(refund)

    # --- Disputes ----------------------------------------------------------------------------------------------------

    def dispute(self, transaction: Transaction, *, amount: int) -> Dispute:
        if transaction.status != "success" or not 0 < amount <= transaction.amount - transaction.taken_back:
            raise PaystackError("Only what was paid and not given back can be disputed")
        now = self._world.now()
        dispute = Dispute(
            id=self._accounts.number(),
            account=transaction.account,
            transaction=transaction.id,
            reference=transaction.reference,
            amount=amount,
            currency=transaction.currency,
            created=now,
            due=now + ANSWER_SECONDS,
        )
        self._accounts.keep(dispute)
        self._tell_dispute("charge.dispute.create", dispute)
        return dispute

    def resolve(self, dispute: Dispute, *, resolution: str) -> None:
        if dispute.status == "resolved":
            raise PaystackError("Dispute is already resolved")
        if resolution not in (*LOST, "declined"):
            raise PaystackError("resolution must be merchant-accepted or declined")
        dispute.status, dispute.resolution, dispute.resolved = "resolved", resolution, self._world.now()
        if resolution in LOST:
            transaction = self._accounts.of(dispute.account).transactions[dispute.transaction]
            transaction.charged_back += dispute.amount
            self._take(transaction, amount=dispute.amount)
        self._accounts.keep(dispute)
        self._tell_dispute("charge.dispute.resolve", dispute)

    # --- Transfers and settlements -----------------------------------------------------------------------------------

    def start_transfer(self, transfer: Transfer) -> None:
        account = self._accounts.of(transfer.account)
        self._accounts.move_balance(account, currency=transfer.currency, by=-transfer.amount)
        transfer.status = "otp" if account.record.needs_otp else account.record.transfers
        self._accounts.keep(transfer)
        self._tell_transfer(transfer)

    def move_transfer(self, transfer: Transfer, *, status: str) -> None:
        """On to a later status. Whatever did not arrive is back in the balance; a success may still be reversed."""
        if transfer.status not in ("pending", "received", "otp") and (transfer.status, status) != (
            "success",
            "reversed",
        ):
            raise PaystackError(f"Transfer is already {transfer.status}")
        transfer.status = status
        if status in ("failed", "blocked", "rejected", "abandoned", "reversed"):
            account = self._accounts.of(transfer.account)
            self._accounts.move_balance(account, currency=transfer.currency, by=transfer.amount)
            transfer.gateway_response = "The transfer did not arrive"
        self._accounts.keep(transfer)
        self._tell_transfer(transfer)

    def settle(self, account: Account) -> list[Settlement]:
        """Transfer to the bank what is open, per currency; where more was taken off than came in, it stays open."""
        done = [each for each in account.settlements.values() if each.status == "pending" and each.effective > 0]
        for settlement in done:
            settlement.status, settlement.date = "success", self._world.now()
            self._accounts.move_balance(account, currency=settlement.currency, by=-settlement.effective)
            self._accounts.keep(settlement)
        return done

    # --- Helpers -----------------------------------------------------------------------------------------------------

    def _take(self, transaction: Transaction, *, amount: int) -> None:
        account = self._accounts.of(transaction.account)
        self._accounts.move_balance(account, currency=transaction.currency, by=-amount)
        settlement = self._open_settlement(account, currency=transaction.currency)
        settlement.deductions += amount
        self._accounts.keep(settlement)
        if transaction.taken_back >= transaction.amount:
            transaction.status = "reversed"
        self._accounts.keep(transaction)

    def _open_settlement(self, account: Account, *, currency: str) -> Settlement:
        for settlement in account.settlements.values():
            if settlement.status == "pending" and settlement.currency == currency:
                return settlement
        now = self._world.now()
        return Settlement(id=self._accounts.number(), account=account.record.id, currency=currency, date=now)

    def _authorize(self, transaction: Transaction, *, card: Card) -> str:
        authorization = Authorization(
            id=f"AUTH_{self._world.token(length=10).lower()}",
            account=transaction.account,
            email=transaction.email,
            card=card.name,
            channel=card.channel,
            is_active=card.is_reusable,
        )
        self._accounts.keep(authorization)
        return authorization.id

    def _tell(self, event_type: str, told: Transaction) -> None:
        account = self._accounts.of(told.account)
        data = transaction_shape(told, account=account)
        self._publisher.publish(
            event_type, account=account, data=data, payment=told.reference, reference=told.reference
        )

    def _tell_refund(self, told: Refund) -> None:
        account = self._accounts.of(told.account)
        whole = refund_shape(told, account=account)
        names = ("status", "transaction_reference", "currency", "customer", "integration", "domain")
        # No id, and the amount as text: that is how the events of refunds are.
        data = {name: whole[name] for name in names} | {
            "refund_reference": None,
            "amount": str(told.amount),
            "processor": "test",
        }
        self._publisher.publish(
            f"refund.{told.status}", account=account, data=data, payment=told.reference, reference=told.merchant_note
        )

    def _tell_dispute(self, event_type: str, told: Dispute) -> None:
        account = self._accounts.of(told.account)
        data = dispute_shape(told, account=account)
        self._publisher.publish(
            event_type, account=account, data=data, payment=told.reference, reference=told.reference
        )

    def _tell_transfer(self, told: Transfer) -> None:
        if told.status not in ("success", "failed", "reversed"):
            return
        account = self._accounts.of(told.account)
        data = transfer_shape(told, account=account)
        self._publisher.publish(
            f"transfer.{told.status}", account=account, data=data, payment=told.reference, reference=told.reference
        )
