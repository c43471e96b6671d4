"""Makes the benchmark's gateways known to the registry, in the processes that run with the benchmark's settings."""

from django.apps import AppConfig


class BenchConfig(AppConfig):
    name = "bench"

    def ready(self) -> None:
        from bench import http_gateway
        from bench.null_gateway import NullGateway
        from gateways import registry

        registry.ADAPTERS.update({NullGateway.profile.code: NullGateway} | http_gateway.adapters())
