"""CinetPay: checkout v2 with its transfer API, and API v1. Facts and choices: docs/gateways/cinetpay.md."""

from gateways.adapters.cinetpay.gateway import CinetPayGateway as Adapter

__all__ = ["Adapter"]
