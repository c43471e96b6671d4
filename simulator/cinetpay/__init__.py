"""The CinetPay dialect: checkout v2 with its transfer API, and API v1; payer pages, notifications, the purse."""

from simulator.cinetpay.dialect import CinetPay as Dialect

__all__ = ["Dialect"]
