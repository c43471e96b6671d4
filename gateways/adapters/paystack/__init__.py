"""Paystack: transactions, refunds, transfers, disputes, settlements. Facts and choices: docs/gateways/paystack.md."""

from gateways.adapters.paystack.gateway import PaystackGateway as Adapter

__all__ = ["Adapter"]
