"""Pagadito: its hosted page by APIPG or Connect. Facts and choices: docs/gateways/pagadito.md."""

from gateways.adapters.pagadito.gateway import PagaditoGateway as Adapter

__all__ = ["Adapter"]
