"""Payments in the console: a list to find them, a page that tells the whole story of one."""

from payments.admin.payment import PaymentAdmin

__all__ = ["PaymentAdmin"]
