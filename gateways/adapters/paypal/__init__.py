"""PayPal: Orders v2, Payments v2, Payouts v1, disputes and reports. Facts and choices: docs/gateways/paypal.md."""

from gateways.adapters.paypal.gateway import PayPalGateway as Adapter

__all__ = ["Adapter"]
