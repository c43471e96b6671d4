"""What every part of the stand-in PayPal works with: its records, its webhooks, and one request understood."""

from dataclasses import dataclass

from simulator.paypal import money
from simulator.paypal.certificates import Certificates
from simulator.paypal.errors import not_here
from simulator.paypal.events import Cause, Publisher
from simulator.paypal.state import Account, Accounts, Record, time_of
from simulator.wire import Json
from simulator.world import World


@dataclass(slots=True)
class Context:
    """One request to the API, signed in."""

    account: Account
    body: Json
    path: dict[str, str]
    query: dict[str, str]
    cause: Cause

    def record(self, kind: str) -> Record:
        found = self.account.of(kind).get(self.path["id"])
        if found is None:
            raise not_here()
        return found


@dataclass(slots=True)
class Ground:
    world: World
    accounts: Accounts
    publisher: Publisher
    certificates: Certificates

    def new_id(self, length: int = 17) -> str:
        return self.world.token(length=length).upper()

    def payer_id(self) -> str:
        """PayPal leaves out what is easily mistaken: 0, 1, I and O."""
        return self.new_id(13).translate(str.maketrans("01IO", "2345"))

    def now(self) -> str:
        return time_of(self.world.now())

    def link(self, cause: Cause, path: str, rel: str, method: str = "GET") -> Json:
        return {"href": f"{cause.base_url}/paypal{path}", "rel": rel, "method": method}

    def change(self, record: Record, **shown: object) -> None:
        record.shown |= shown
        if "create_time" in record.shown:
            record.shown["update_time"] = self.now()
        self.accounts.keep(record)

    def book(
        self,
        account: Account,
        *,
        code: str,
        amount: Json,
        sign: int = 1,
        fee: str = "",
        transaction_id: str = "",
        about: tuple[str, str] = ("", ""),
        custom: str = "",
    ) -> None:
        """One row of what happened to the balance. `about` is (type, id) of what it refers to."""
        currency = amount["currency_code"]
        row_id = transaction_id or self.new_id()
        shown: Json = {
            "paypal_account_id": _merchant_id(account),
            "transaction_id": row_id,
            "transaction_event_code": code,
            "transaction_initiation_date": self.now(),
            "transaction_updated_date": self.now(),
            "transaction_amount": {
                "currency_code": currency,
                "value": amount["value"] if sign > 0 else f"-{amount['value']}",
            },
            "transaction_status": "S",
        }
        if fee:
            shown["fee_amount"] = {"currency_code": currency, "value": f"-{fee}"}
        if about[1]:
            shown |= {"paypal_reference_id_type": about[0], "paypal_reference_id": about[1]}
        if custom:
            shown |= {"custom_field": custom, "invoice_id": custom}
        self.accounts.add(account, "row", f"{row_id}:{code}", shown=shown)

    def balance(self, account: Account, currency: str) -> int:
        """In the smallest units of the currency."""
        total = 0
        for row in account.of("row").values():
            for name in ("transaction_amount", "fee_amount"):
                amount = row.shown.get(name)
                if amount and amount["currency_code"] == currency:
                    total += money.minor(amount["value"], currency)
        return total


def _merchant_id(account: Account) -> str:
    letters = "".join(sign for sign in account.record.key.upper() if sign.isalnum())
    return f"M{letters}"[:13].ljust(13, "0")
