"""Examples that many operations show, written once in the document's components."""

from copy import deepcopy
from typing import Any

import orjson

Json = dict[str, Any]


def shared(document: Json) -> Json:
    """Return the document with each example of an error once, and references to it.

    It is much shorter then. The pages are made of the document as it was.
    """
    copied = deepcopy(document)
    names: dict[bytes, str] = {}
    found: Json = copied.setdefault("components", {}).setdefault("examples", {})
    for operation in _operations(copied):
        for response in operation["responses"].values():
            for media in response["content"].values():
                several = media.get("examples", {})
                for code, example in several.items():
                    text = orjson.dumps(example)
                    if text not in names:
                        names[text] = _name(operation, code, taken=found)
                        found[names[text]] = example
                    several[code] = {"$ref": f"#/components/examples/{names[text]}"}
    return copied


def _operations(document: Json) -> list[Json]:
    return [operation for item in document["paths"].values() for operation in item.values()]


def _name(operation: Json, code: str, *, taken: Json) -> str:
    """Return a name that no other example has: the tag, the error's code, a number."""
    name, number = f"{operation['tags'][0]}.{code}", 1
    while (name if number == 1 else f"{name}.{number}") in taken:
        number += 1
    return name if number == 1 else f"{name}.{number}"
