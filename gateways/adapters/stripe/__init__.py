"""Stripe: PaymentIntents by the `stripe` package. Facts and choices: docs/gateways/stripe.md."""

from gateways.adapters.stripe.gateway import StripeGateway as Adapter

__all__ = ["Adapter"]
