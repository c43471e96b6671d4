"""Bank transfer: instructions out, statements in. Facts and choices: docs/gateways/bank_transfer.md."""

from gateways.adapters.bank_transfer.gateway import BankTransferGateway as Adapter

__all__ = ["Adapter"]
