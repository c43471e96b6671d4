"""How payments and transfers move, what that does to the purse, and who is told. The caller holds the world's lock."""

from simulator.cinetpay.notices import Notices
from simulator.cinetpay.state import API_V1, ENDED_TRANSFERS, Payment, State, Transfer
from simulator.world import World

# On the page of checkout v2 a payer whose try was refused may try again.
_PAYABLE = {"checkout_v2": ("open", "waiting", "otp", "refused"), API_V1: ("open", "waiting", "otp")}
_TRANSFER_MOVES = {"NEW": ("REC", "NOS", "VAL", "REJ"), "REC": ("NOS", "VAL", "REJ"), "NOS": ("REC", "VAL", "REJ")}
_FINAL = ("paid", "refused", "cancelled", "expired")
EXECUTED_AFTER_SECONDS, VALIDATED_AFTER_SECONDS = 1.0, 2.0


class WrongMove(ValueError):
    """The payment or transfer is in a state that this cannot follow."""


class Moves:
    def __init__(self, *, world: World, state: State, notices: Notices) -> None:
        self._world = world
        self._state = state
        self._notices = notices

    def pay(self, payment: Payment, *, to: str, method: str = "", refusal: str = "600") -> None:
        account = self._state.accounts[payment.account]
        if payment.state not in _PAYABLE[account.generation]:
            raise WrongMove(f"The payment is {payment.state}.")
        payment.state = to
        payment.tries += 1
        payment.method = method or payment.method
        if to == "refused":
            payment.refusal = refusal
        if to == "paid":
            payment.paid_count += 1
            payment.operator_id = f"MP{self._world.token(length=12)}"
            if account.tops_up or account.generation == API_V1:
                account.purse += payment.amount
        if to in _FINAL:
            payment.ended = self._world.now()
        self._state.keep_account(account)
        self._state.keep_payment(payment)
        # The second generation tells of ends only.
        if account.generation != API_V1 or to in _FINAL:
            self._notices.about_payment(payment)

    def start(self, transfer: Transfer) -> None:
        account = self._state.accounts[transfer.account]
        account.purse -= transfer.amount
        account.in_use += transfer.amount
        self._state.keep_account(account)
        self._state.keep_transfer(transfer)
        self.go_on(transfer)

    def go_on(self, transfer: Transfer) -> None:
        """An account whose address is on CinetPay's list needs no confirmation by e-mail: its transfers run through."""
        if self._state.accounts[transfer.account].moves_transfers and transfer.status not in ENDED_TRANSFERS:
            self._later(transfer, to="REC", delay_seconds=EXECUTED_AFTER_SECONDS)
            self._later(transfer, to="VAL", delay_seconds=VALIDATED_AFTER_SECONDS)

    def move(self, transfer: Transfer, *, to: str, comment: str = "") -> None:
        if to not in _TRANSFER_MOVES.get(transfer.status, ()):
            raise WrongMove(f"The transfer is {transfer.status}.")
        account = self._state.accounts[transfer.account]
        transfer.status, transfer.comment = to, comment
        transfer.sending_status = "PENDING" if to == "NOS" else "CONFIRM"
        if to in ENDED_TRANSFERS:
            transfer.ended = self._world.now()
            account.in_use -= transfer.amount
        if to == "VAL":
            transfer.operator_id = f"TP{self._world.token(length=12)}"
        if to == "REJ":
            account.purse += transfer.amount
        self._state.keep_account(account)
        self._state.keep_transfer(transfer)
        if account.generation != API_V1 or to in ENDED_TRANSFERS:
            self._notices.about_transfer(transfer)

    def _later(self, transfer: Transfer, *, to: str, delay_seconds: float) -> None:
        def job() -> None:
            with self._world.lock:
                if to in _TRANSFER_MOVES.get(transfer.status, ()) and transfer.status != "NOS":
                    self.move(transfer, to=to)

        self._world.timers.add(job, delay_seconds=delay_seconds)
