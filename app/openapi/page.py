"""The OpenAPI document, prepared for the pages at /docs, with curl lines."""

import hashlib
import re
import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
from markupsafe import Markup, escape
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
    """An answer that is no error, with its example."""

    status: int
    words: Markup
    headers: list[tuple[str, Markup]]
    example: Markup


class Failure(NamedTuple):
    """An error with its body, which a page shows once for all its operations."""

    status: int
    phrase: str
    summary: str
    text: Markup

    @property
    def id(self) -> str:
        """The anchor."""
        return "e" + hashlib.sha256(repr(self).encode()).hexdigest()[:8]


class Entry(NamedTuple):
    """An operation."""

    id: str
    method: str
    path: str
    summary: Markup
    words: Markup
    signed_in: bool
    members: list[Member]
    curl: Markup
    answers: list[Shown]
    failures: list[Failure]


class Section(NamedTuple):
    """A tag of the document: a page."""

    name: str
    words: Markup
    entries: list[Entry]

    @property
    def slug(self) -> str:
        """The last part of the page's path."""
        return self.name.lower()

    @property
    def failures(self) -> list[Failure]:
        """The errors of all operations, each of them once."""
        return sorted({failure for entry in self.entries for failure in entry.failures})


def sections(document: Json) -> list[Section]:
    """Return each tag with its operations."""
    entries = [
        (operation["tags"][0], _entry(document, path, method, operation))
        for path, item in document["paths"].items()
        for method, operation in item.items()
    ]
    return [
        Section(
            tag["name"],
            marked(tag["description"]),
            [entry for name, entry in entries if name == tag["name"]],
        )
        for tag in document["tags"]
    ]


def _entry(document: Json, path: str, method: str, operation: Json) -> Entry:
    by_status = [(int(status), each) for status, each in operation["responses"].items()]
    return Entry(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=marked(operation["summary"]),
        words=marked(operation.get("description", "")),
        signed_in="security" in operation,
        members=_parameters(operation) + _members(document, operation),
        curl=_curl(path, method.upper(), operation),
        answers=[_shown(status, each) for status, each in by_status if status < 400],
        failures=[each for status, one in by_status for each in _failures(status, one)],
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


def _curl(path: str, method: str, operation: Json) -> Markup:
    for each in operation.get("parameters", []):
        path = path.replace(f"{{{each['name']}}}", each["example"])
    words = ["curl", "-b", "jar", "-c", "jar"] + ([] if method == "GET" else ["-X", method])
    body = operation.get("requestBody", {}).get("content", {})
    if _FORM in body:
        words += ["--data", urlencode(body[_FORM]["example"])]
    elif body:
        words += ["--json", orjson.dumps(body["application/json"]["example"]).decode()]
    return _text(" ".join(map(shlex.quote, words)) + f' "$BASE{path}"')


def _shown(status: int, response: Json) -> Shown:
    media = next(iter(response["content"].values()))
    return Shown(
        status=status,
        words=marked(response["description"]),
        headers=[
            (name, marked(each["description"]))
            for name, each in response.get("headers", {}).items()
        ],
        example=_text(media["example"], orjson.OPT_INDENT_2),
    )


def _failures(status: int, response: Json) -> Iterator[Failure]:
    phrase, refused = HTTP_STATUS_CODES[status], status >= 400
    for media in response["content"].values() if refused else ():
        usual = {"": {"summary": response["description"], "value": media.get("example")}}
        for each in media.get("examples", usual).values():
            yield Failure(status, phrase, each["summary"], _text(each["value"]))


def _text(value: Any, options: int = 0) -> Markup:
    """Return an example as the content of an element, where quotes are only longer."""
    text = value if isinstance(value, str) else orjson.dumps(value, option=options).decode()
    text = re.sub("^ +", lambda indent: "\t" * (len(indent[0]) // 2), text, flags=re.MULTILINE)
    return Markup(str(escape(text)).replace("&#34;", '"').replace("&#39;", "'"))  # noqa: S704 - escaped


def marked(text: str) -> Markup:
    """Return the text as HTML, with code between backticks, its only markup."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(p) if i % 2 else p for i, p in enumerate(parts)
    )
