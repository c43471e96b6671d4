"""The OpenAPI document is valid, complete and says how to sign in."""

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    validate_schema(document)


def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]

    assert len(names) == len(set(names))


def test_canonical_addresses_come_before_the_promised_ones(document: dict[str, Any]) -> None:
    is_alias = [not path.startswith("/api/v1/") for path in document["paths"]]

    assert is_alias == sorted(is_alias)


def test_taking_a_payment_documents_its_key_and_its_refusals(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/payments"]["post"]

    assert {parameter["name"] for parameter in operation["parameters"]} == {"Idempotency-Key"}
    refusals = [400, 401, 402, 403, 409, 411, 413, 415, 422, 503]
    assert set(operation["responses"]) == {str(status) for status in (201, 202, *refusals)}
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
