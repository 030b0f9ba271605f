"""Validators of Clerk's own schemas, in the versions that are published.

contract/openapi-passkeys.json and openapi-mfa.json are theirs, with their licence.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator


def _read(name: str) -> Any:
    return json.loads(Path(__file__).with_name("contract").joinpath(name).read_text())


DOCUMENT, MFA = _read("openapi-passkeys.json"), _read("openapi-mfa.json")
VERSIONS, MFA_VERSIONS = tuple(DOCUMENT["specs"]), tuple(MFA["specs"])
CREATE, ONE = "/v1/me/passkeys", "/v1/me/passkeys/{passkey_id}"
ATTEMPT = f"{ONE}/attempt_verification"


def statuses(version: str, path: str, method: str, *, of: Any = DOCUMENT) -> set[int]:
    """Return the statuses that an operation is documented with."""
    operation = of["specs"][version]["paths"][path][method]
    return {int(status) for status in operation["responses"]}


def faults(
    value: Any, version: str, path: str, method: str, status: int, *, of: Any = DOCUMENT
) -> list[str]:
    """Return the faults of an answer, by the schema of its operation and status."""
    document = of["specs"][version]
    response = document["paths"][path][method]["responses"][str(status)]
    name = response["$ref"].rpartition("/")[2]
    content = document["components"]["responses"][name]["content"]
    return _faults(value, version, content["application/json"]["schema"], of is MFA)


def object_faults(value: Any, version: str, *names: str) -> list[str]:
    """Return the faults of an object, by the first of these schemas that there is."""
    known = DOCUMENT["specs"][version]["components"]["schemas"]
    name = next(name for name in names if name in known)
    return _faults(value, version, {"$ref": f"#/components/schemas/{name}"}, False)


def _faults(value: Any, version: str, schema: Any, mfa: bool) -> list[str]:
    whole = translated(schema) | {"components": _components(version, mfa)}
    return [
        f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
        for error in Draft202012Validator(whole).iter_errors(value)
    ]


@cache
def _components(version: str, mfa: bool) -> Any:
    return translated((MFA if mfa else DOCUMENT)["specs"][version]["components"])


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
