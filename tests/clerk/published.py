"""Clerk's own schemas, in both versions, as validators: contract/openapi-passkeys.json is theirs, with its licence."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

DOCUMENT = json.loads(
    Path(__file__).with_name("contract").joinpath("openapi-passkeys.json").read_text()
)
VERSIONS = tuple(DOCUMENT["specs"])
CREATE, ONE = "/v1/me/passkeys", "/v1/me/passkeys/{passkey_id}"
ATTEMPT = f"{ONE}/attempt_verification"


def statuses(version: str, path: str, method: str) -> set[int]:
    """List the statuses that an operation is documented with."""
    return {
        int(status) for status in DOCUMENT["specs"][version]["paths"][path][method]["responses"]
    }


def faults(value: Any, version: str, path: str, method: str, status: int) -> list[str]:
    """List what is wrong with an answer, by the schema of its operation and status."""
    response = DOCUMENT["specs"][version]["paths"][path][method]["responses"][str(status)]
    name = response["$ref"].rpartition("/")[2]
    schema = DOCUMENT["specs"][version]["components"]["responses"][name]["content"][
        "application/json"
    ]["schema"]
    return _faults(value, version, schema["$ref"])


def object_faults(value: Any, version: str, *names: str) -> list[str]:
    """List what is wrong with an object, by the first of these schemas that the version has."""
    known = DOCUMENT["specs"][version]["components"]["schemas"]
    return _faults(
        value, version, "#/components/schemas/" + next(name for name in names if name in known)
    )


def _faults(value: Any, version: str, reference: str) -> list[str]:
    validator = Draft202012Validator({"$ref": reference, "components": _components(version)})
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in validator.iter_errors(value)
    ]


@cache
def _components(version: str) -> Any:
    return translated(DOCUMENT["specs"][version]["components"])


def translated(schema: Any) -> Any:
    """Translate OpenAPI 3.0's `nullable` to JSON Schema: null beside all else that the same schema says.

    By OpenAPI 3.0.3 it only widens `type`, so that null would still fail the enum, allOf or oneOf beside it. Clerk's
    documents mean it wider. A `type` that is not nullable excludes null by itself.
    """
    if isinstance(schema, list):
        return [translated(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    rest = {
        name: translated(value)
        for name, value in schema.items()
        if not isinstance(value, bool) or name != "nullable"
    }
    return {"anyOf": [{"type": "null"}, rest]} if schema.get("nullable") is True else rest
