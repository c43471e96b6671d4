"""Orange Money: three APIs under one name, one class per flavour. Facts and choices: docs/gateways/orange_money.md."""

from gateways.adapters.orange_money.gateway import OrangeMoneyGateway as Adapter

__all__ = ["Adapter"]
