"""The stand-in bank: accounts, transfers that people make and get wrong, and a statement for every day."""

from simulator.bank_transfer.dialect import BankTransfer as Dialect

__all__ = ["Dialect"]
