"""The Paystack dialect: transactions, refunds, transfers, disputes, settlements, webhooks, the payer's page."""

from simulator.paystack.dialect import Paystack as Dialect

__all__ = ["Dialect"]
