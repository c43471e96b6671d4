"""MTN MoMo: money by a prompt on the payer's phone, and transfers to phones. Facts: docs/gateways/mtn_momo.md."""

from gateways.adapters.mtn_momo.gateway import MtnMomoGateway as Adapter

__all__ = ["Adapter"]
