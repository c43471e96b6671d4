"""The Pagadito dialect: APIPG and Connect v2, the payer's page, and webhooks signed with RSA."""

from simulator.pagadito.dialect import Pagadito as Dialect

__all__ = ["Dialect"]
