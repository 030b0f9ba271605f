"""Examples that many operations show, written once in the document's components."""

from typing import Any

import orjson

Json = dict[str, Any]


def shared(document: Json) -> Json:
    """Return the document with each example of an error once, and references to it.

    It is much shorter then. The pages are made of the document as it was, which stays.
    """
    found = _Found()
    paths = {
        path: {method: _referring(operation, found) for method, operation in item.items()}
        for path, item in document["paths"].items()
    }
    components = document.get("components", {}) | {"examples": found.examples}
    return document | {"paths": paths, "components": components}


class _Found:
    """The examples by their names, and the names by the examples' texts."""

    def __init__(self) -> None:
        self.examples: Json = {}
        self._names: dict[bytes, str] = {}

    def name(self, example: Json, wanted: str) -> str:
        """Return the example's name, with a number if another has the wanted one."""
        text = orjson.dumps(example)
        if text not in self._names:
            name, number = wanted, 1
            while name in self.examples:
                number += 1
                name = f"{wanted}.{number}"
            self._names[text], self.examples[name] = name, example
        return self._names[text]


def _referring(operation: Json, found: _Found) -> Json:
    tag = operation["tags"][0]
    responses = {
        status: response
        | {
            "content": {
                kind: _with_references(media, tag, found)
                for kind, media in response["content"].items()
            }
        }
        for status, response in operation["responses"].items()
    }
    return operation | {"responses": responses}


def _with_references(media: Json, tag: str, found: _Found) -> Json:
    if "examples" not in media:
        return media
    names = {code: found.name(each, f"{tag}.{code}") for code, each in media["examples"].items()}
    return media | {
        "examples": {
            code: {"$ref": f"#/components/examples/{name}"} for code, name in names.items()
        }
    }
