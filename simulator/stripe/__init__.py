"""The Stripe dialect: PaymentIntents, charges, events, signed webhooks and payer pages, as API 2026-10-28.endive."""

from simulator.stripe.dialect import Stripe as Dialect

__all__ = ["Dialect"]
