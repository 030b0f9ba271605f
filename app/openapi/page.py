"""The OpenAPI document, prepared for the page /docs, with a curl line per operation."""

import shlex
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
from markupsafe import Markup
from werkzeug.http import HTTP_STATUS_CODES

Json = dict[str, Any]

_FORM = "application/x-www-form-urlencoded"


class Member(NamedTuple):
    """A member of a body, or a parameter."""

    name: str
    place: str
    type: str
    required: bool
    words: Markup


class Shown(NamedTuple):
    """An answer; each example is (summary, text)."""

    status: int
    phrase: str
    words: Markup
    headers: list[tuple[str, Markup]]
    examples: list[tuple[str, str]]


class Entry(NamedTuple):
    """An operation."""

    id: str
    method: str
    path: str
    summary: Markup
    words: Markup
    signed_in: bool
    members: list[Member]
    curl: str
    answers: list[Shown]
    refusals: list[Shown]


def sections(document: Json) -> list[tuple[str, Markup, list[Entry]]]:
    """Return each tag's name and description, with its operations."""
    entries = [
        (operation["tags"][0], _entry(document, path, method, operation))
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    return [
        (
            tag["name"],
            marked(tag["description"]),
            [entry for name, entry in entries if name == tag["name"]],
        )
        for tag in document["tags"]
    ]


def _entry(document: Json, path: str, method: str, operation: Json) -> Entry:
    shown = [_shown(int(status), response) for status, response in operation["responses"].items()]
    return Entry(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=marked(operation["summary"]),
        words=marked(operation.get("description", "")),
        signed_in="security" in operation,
        members=_parameters(operation) + _members(document, operation),
        curl=_curl(path, method.upper(), operation),
        answers=[each for each in shown if each.status < 400],
        refusals=[each for each in shown if each.status >= 400],
    )


def _parameters(operation: Json) -> list[Member]:
    return [
        Member(each["name"], each["in"], "string", each["required"], marked(each["description"]))
        for each in operation.get("parameters", [])
    ]


def _members(document: Json, operation: Json) -> list[Member]:
    if "requestBody" not in operation:
        return []
    schema = next(iter(operation["requestBody"]["content"].values()))["schema"]
    schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return [
        Member(name, "body", _type(each), name in schema.get("required", []), _rules(each))
        for name, each in schema["properties"].items()
    ]


def _type(schema: Json) -> str:
    types = schema.get("type", "object")
    return " or ".join(types) if isinstance(types, list) else str(types)


def _rules(schema: Json) -> Markup:
    rules = [schema["description"]] if "description" in schema else []
    if "enum" in schema:
        rules.append(
            "One of " + ", ".join(str(word) for word in schema["enum"] if word is not None) + "."
        )
    if "maxLength" in schema:
        rules.append(f"At most {schema['maxLength']} characters.")
    return marked(" ".join(rules))


def _curl(path: str, method: str, operation: Json) -> str:
    for each in operation.get("parameters", []):
        path = path.replace(f"{{{each['name']}}}", each["example"])
    words = ["curl", "-b", "jar", "-c", "jar"] + ([] if method == "GET" else ["-X", method])
    body = operation.get("requestBody", {}).get("content", {})
    if _FORM in body:
        words += ["--data", urlencode(body[_FORM]["example"])]
    elif body:
        words += ["--json", orjson.dumps(body["application/json"]["example"]).decode()]
    return " ".join(map(shlex.quote, words)) + f' "$BASE{path}"'


def _shown(status: int, response: Json) -> Shown:
    media = next(iter(response["content"].values()))
    examples = media.get("examples") or {"": {"summary": "", "value": media.get("example")}}
    return Shown(
        status=status,
        phrase=HTTP_STATUS_CODES[status],
        words=marked(response["description"]),
        headers=[
            (name, marked(each["description"]))
            for name, each in response.get("headers", {}).items()
        ],
        examples=[
            (each["summary"], _text(each["value"], indented=status < 400))
            for each in examples.values()
        ],
    )


def _text(value: Any, *, indented: bool) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indented else 0).decode()


def marked(text: str) -> Markup:
    """Return the text as HTML, with code between backticks, its only markup."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(p) if i % 2 else p for i, p in enumerate(parts)
    )
