"""Every address of events and endpoints is described, and the description of the whole service has no hole."""

from io import StringIO

import yaml
from django.core.management import call_command

PATHS = {
    "/api/v1/webhook-endpoints": {"get", "post"},
    "/api/v1/webhook-endpoints/{endpoint_id}": {"get", "patch", "delete"},
    "/api/v1/webhook-endpoints/{endpoint_id}/rotate-secret": {"post"},
    "/api/v1/webhook-endpoints/{endpoint_id}/test": {"post"},
    "/api/v1/webhook-endpoints/{endpoint_id}/replay": {"post"},
    "/api/v1/events": {"get"},
    "/api/v1/events/{event_id}": {"get"},
    "/api/v1/events/{event_id}/deliveries": {"get"},
    "/api/v1/events/{event_id}/deliveries/{endpoint_id}/replay": {"post"},
}


def test_every_address_is_described_without_a_warning() -> None:
    out = StringIO()

    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)

    described = {path: set(found) for path, found in yaml.safe_load(out.getvalue())["paths"].items() if path in PATHS}
    assert described == PATHS
