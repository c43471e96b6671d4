"""The MTN MoMo dialect: prompts on phones, transfers, refunds, purses and callbacks, on three platforms."""

from simulator.mtn_momo.dialect import MtnMomo as Dialect

__all__ = ["Dialect"]
