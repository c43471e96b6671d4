"""Orange Money for the simulator: WebPay, Cameroon's API and Sonatel's eWallet API."""

from simulator.orange_money.dialect import OrangeMoney as Dialect

__all__ = ["Dialect"]
