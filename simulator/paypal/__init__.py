"""The PayPal dialect: Orders v2, holds, refunds, payouts, disputes, reports, and webhooks signed by a certificate."""

from simulator.paypal.dialect import PayPal as Dialect

__all__ = ["Dialect"]
