"""What this release can talk to, and which accounts it has: read off the adapters and the database, no secrets."""

import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand

from common import ids
from common.money import Money
from gateways.accounts import webhook_address
from gateways.breaker import circuit_name
from gateways.contract import CredentialField, GatewayProfile
from gateways.models import Breaker, BreakerState, GatewayAccount
from gateways.registry import PROFILES, capabilities_of

_Found = dict[str, Any]
_NAMED_MAX = 12


class Command(BaseCommand):
    help = "List the gateway adapters with what they can do, and the gateway accounts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        adapters, accounts = adapters_found(), accounts_found()
        if options["json"]:
            self.stdout.write(json.dumps({"adapters": adapters, "accounts": accounts}))
            return
        self.stdout.write(self.style.MIGRATE_HEADING("Adapters"))
        for adapter in adapters:
            self._adapter(adapter)
        self.stdout.write(self.style.MIGRATE_HEADING("Accounts"))
        for account in accounts:
            self._account(account)
        if not accounts:
            self.stdout.write("  none yet")

    def _adapter(self, adapter: _Found) -> None:
        self.stdout.write(f"  {adapter['code']:<14} {adapter['name']:<20} {', '.join(adapter['capabilities'])}")
        lines = {
            "takes": f"{', '.join(adapter['methods'])}; {_some(adapter['currencies'], 'currencies')}; "
            f"{_some(adapter['countries'], 'countries') or 'any country'}",
            "limits": "; ".join(adapter["limits"].values()) if len(adapter["limits"]) <= _NAMED_MAX else "see --json",
            "needs": ", ".join(adapter["needs"]),
            "webhooks": f"{adapter['webhookTrust']}; keys kept {_days(adapter['keyRetentionHours'])}",
            "credentials": ", ".join(_field_text(field) for field in adapter["credentials"]),
        }
        for title, text in lines.items():
            if text:
                self.stdout.write(f"    {title:<12} {text}")

    def _account(self, account: _Found) -> None:
        mode = "live" if account["livemode"] else "sandbox"
        state = "active" if account["isActive"] else "inactive"
        self.stdout.write(f"  {account['id']}  {account['gateway']}  {account['name']}  ({account['tenant']})")
        self.stdout.write(f"    {mode}, {state}, priority {account['priority']}, sealed with key {account['keyId']}")
        self.stdout.write(f"    takes {', '.join(account['currencies'])} by {', '.join(account['methods'])}")
        self.stdout.write(f"    can {', '.join(account['capabilities']) or 'nothing: no adapter in this release'}")
        self.stdout.write(f"    fees {_fees_text(account['fees']) or 'not written down'}")
        self.stdout.write(f"    circuit {account['circuit']}; credentials {_checked_text(account)}")
        self.stdout.write(f"    webhooks to {account['webhookUrl']}")


def adapters_found() -> list[_Found]:
    return [_adapter(code, profile) for code, profile in sorted(PROFILES.items())]


def accounts_found() -> list[_Found]:
    rows = GatewayAccount.objects.select_related("tenant").defer("credentials").order_by("tenant", "priority", "id")
    circuits = dict(Breaker.objects.values_list("circuit", "state"))
    return [_account(row, circuits) for row in rows]


def _adapter(code: str, profile: GatewayProfile) -> _Found:
    return {
        "code": code,
        "name": profile.display_name,
        "capabilities": capabilities_of(code),
        "methods": sorted(profile.methods),
        "currencies": sorted(profile.currencies),
        "countries": sorted(profile.countries),
        "limits": {
            currency: f"{Money(least, currency)} to {Money(most, currency)}"
            for currency, (least, most) in sorted(profile.limits.items())
        },
        "needs": sorted(profile.needs),
        "webhookTrust": profile.webhook_trust.value,
        "keyRetentionHours": _hours(profile.key_retention),
        "queryByOwnReference": profile.query_by_own_reference,
        "notFoundIsFinal": profile.not_found_is_final,
        "cancelable": profile.cancelable,
        "lateReversalDays": profile.late_reversal_days,
        "maxProcessingHours": _hours(profile.max_processing_time),
        "referenceMaxLength": profile.reference_max_length,
        "credentials": [_field(field) for field in profile.credentials],
    }


def _field(field: CredentialField) -> _Found:
    return {
        "name": field.name,
        "isRequired": field.is_required,
        "isSecret": field.is_secret,
        "isFixed": field.is_fixed,
    }


def _account(row: GatewayAccount, circuits: Mapping[str, str]) -> _Found:
    return {
        "id": ids.show(ids.GATEWAY_ACCOUNT, row.public_id),
        "tenant": row.tenant.slug,
        "gateway": row.gateway,
        "name": row.name,
        "livemode": row.livemode,
        "isActive": row.is_active,
        "priority": row.priority,
        "currencies": row.currencies,
        "countries": row.countries,
        "methods": row.methods,
        "minimumAmount": row.minimum_minor,
        "maximumAmount": row.maximum_minor,
        "fees": row.fees,
        "circuit": circuits.get(circuit_name(row.gateway, livemode=row.livemode), BreakerState.CLOSED.value),
        "keyId": row.credentials_key_id,
        "checkedAt": row.checked_at.isoformat() if row.checked_at else None,
        "check": row.check_text,
        "capabilities": capabilities_of(row.gateway),
        "webhookUrl": webhook_address(row),
    }


def _hours(span: timedelta | None) -> int | None:
    return int(span.total_seconds() // 3600) if span is not None else None


def _days(hours: int | None) -> str:
    return "for a time not declared" if hours is None else f"{hours} h" if hours < 48 else f"{hours // 24} days"


def _some(codes: Sequence[str], noun: str) -> str:
    return ", ".join(codes) if len(codes) <= _NAMED_MAX else f"{len(codes)} {noun}"


def _field_text(field: _Found) -> str:
    return field["name"] if field["isRequired"] else f"[{field['name']}]"


def _fees_text(fees: Mapping[str, Mapping[str, Any]]) -> str:
    return "; ".join(
        f"{currency} {part.get('percent', '0')} % + {Money(int(part.get('fixed', 0)), currency)}"
        for currency, part in sorted(fees.items())
    )


def _checked_text(account: _Found) -> str:
    return f"checked {account['checkedAt']}: {account['check']}" if account["checkedAt"] else "never checked"
