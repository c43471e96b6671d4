"""What the stand-in CinetPay knows: accounts, payments, transfers. Amounts are whole units, as on the wire."""

from dataclasses import dataclass, field

from simulator.wire import Json
from simulator.world import World

CHECKOUT_V2, API_V1 = "checkout_v2", "api_v1"
TOKEN_SECONDS = {CHECKOUT_V2: 300, API_V1: 86_400}
ENDED_TRANSFERS = ("VAL", "REJ")


@dataclass(slots=True)
class Account:
    """`tops_up`: what is collected goes to the purse at once, which somebody does in the back-office otherwise.

    `webhook_url` is used instead of the address given with each payment; `is_silent`: nobody is notified.
    """

    api_key: str
    generation: str = CHECKOUT_V2
    site_id: str = ""
    secret_key: str = ""
    api_password: str = ""
    name: str = ""
    country: str = "CI"
    currency: str = "XOF"
    webhook_url: str = ""
    is_silent: bool = False
    is_revoked: bool = False
    tops_up: bool = False
    moves_transfers: bool = True
    purse: int = 1_000_000
    in_use: int = 0
    contacts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Payment:
    """`token` names it at CinetPay, `transaction_id` is the merchant's. `given` is the request as it came."""

    token: str
    account: str
    transaction_id: str
    own_id: str
    notify_token: str
    amount: int
    currency: str
    created: int
    given: Json
    state: str = "open"
    refusal: str = "600"
    method: str = ""
    operator_id: str = ""
    ended: int = 0
    paid_count: int = 0
    tries: int = 0

    @property
    def reference(self) -> str:
        return str(self.given.get("metadata") or self.transaction_id)


@dataclass(slots=True)
class Transfer:
    id: str
    account: str
    client_id: str
    notify_token: str
    amount: int
    currency: str
    receiver: str
    operator: str
    lot: str
    notify_url: str
    created: int
    status: str = "NEW"
    sending_status: str = "CONFIRM"
    comment: str = ""
    operator_id: str = ""
    ended: int = 0


class State:
    """Everything by its keys; every change is noted for the store here. The caller holds the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.accounts: dict[str, Account] = {}
        self.payments: dict[tuple[str, str], Payment] = {}
        self.transfers: dict[tuple[str, str], Transfer] = {}
        self._payments_by_key: dict[str, Payment] = {}
        self._transfers_by_key: dict[str, Transfer] = {}
        # Token -> (account, second in which it ends). Not kept: after a restart everybody signs in again.
        self.tokens: dict[str, tuple[str, int]] = {}

    def keep_account(self, account: Account) -> None:
        self.accounts[account.api_key] = account
        self._world.store.keep(kind="cinetpay.account", key=account.api_key, record=account)

    def keep_payment(self, payment: Payment) -> None:
        self.payments[payment.account, payment.transaction_id] = payment
        for key in (payment.transaction_id, payment.token, payment.own_id):
            self._payments_by_key[key] = payment
        self._world.store.keep(kind="cinetpay.payment", key=payment.token, record=payment)

    def keep_transfer(self, transfer: Transfer) -> None:
        self.transfers[transfer.account, transfer.client_id] = transfer
        for key in (transfer.client_id, transfer.id):
            self._transfers_by_key[key] = transfer
        self._world.store.keep(kind="cinetpay.transfer", key=transfer.id, record=transfer)

    def payment(self, key: str, *, account: str = "") -> Payment | None:
        """By the merchant's id, the token or CinetPay's own id; without an account the newest of any."""
        found = self.payments.get((account, key)) or self._payments_by_key.get(key)
        return found if found is not None and account in ("", found.account) else None

    def transfer(self, key: str, *, account: str = "") -> Transfer | None:
        found = self.transfers.get((account, key)) or self._transfers_by_key.get(key)
        return found if found is not None and account in ("", found.account) else None

    def sign_in(self, account: Account) -> str:
        token = self._world.token(length=40)
        self.tokens[token] = (account.api_key, self._world.now() + TOKEN_SECONDS[account.generation])
        return token

    def restore(self, *, kind: str, record: Json) -> None:
        match kind:
            case "account":
                self.keep_account(Account(**record))
            case "payment":
                self.keep_payment(Payment(**record))
            case "transfer":
                self.keep_transfer(Transfer(**record))

    def clear(self) -> None:
        for collection in (self.accounts, self.payments, self.transfers, self.tokens):
            collection.clear()
        self._payments_by_key.clear()
        self._transfers_by_key.clear()
