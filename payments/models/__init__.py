"""The rows of money in: the payment, its attempts, and the history they can be rebuilt from."""

from payments.models.attempt import PaymentAttempt
from payments.models.history import PaymentHistory
from payments.models.payment import Payment

__all__ = ["Payment", "PaymentAttempt", "PaymentHistory"]
