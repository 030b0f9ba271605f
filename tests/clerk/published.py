"""Validators of Clerk's own schemas, in both versions.

contract/openapi-passkeys.json is theirs, with its licence.
"""

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
    """Return the statuses that an operation is documented with."""
    operation = DOCUMENT["specs"][version]["paths"][path][method]
    return {int(status) for status in operation["responses"]}


def faults(value: Any, version: str, path: str, method: str, status: int) -> list[str]:
    """Return the faults of an answer, by the schema of its operation and status."""
    document = DOCUMENT["specs"][version]
    response = document["paths"][path][method]["responses"][str(status)]
    name = response["$ref"].rpartition("/")[2]
    content = document["components"]["responses"][name]["content"]
    return _faults(value, version, content["application/json"]["schema"]["$ref"])


def object_faults(value: Any, version: str, *names: str) -> list[str]:
    """Return the faults of an object, by the first of these schemas that there is."""
    known = DOCUMENT["specs"][version]["components"]["schemas"]
    name = next(name for name in names if name in known)
    return _faults(value, version, f"#/components/schemas/{name}")


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
    """Return the schema with OpenAPI 3.0's `nullable` put in JSON Schema's terms.

    The result accepts null beside all that the same schema says. By OpenAPI 3.0.3
    `nullable` only widens `type`, so that null would still fail the enum, allOf or
    oneOf beside it. Clerk's documents use it in the wider sense. A `type` that is not
    nullable excludes null by itself.
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
