"""Changes to valid WebAuthn responses, at every depth.

They concern members, base64url, client data, CBOR, bytes, keys and signatures. A change
is drawn without knowing what it is applied to, so that the same numbers always mean the
same change; positions are taken modulo the length.
"""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import cbor2
from hypothesis import strategies as st

Change = Callable[[Any], Any]

_NAMES = (
    *("id", "rawId", "type", "response", "challenge", "origin", "crossOrigin", "topOrigin"),
    *("userHandle", "fmt", "x"),
)
_TEXTS = [
    *("", "public-key", "webauthn.create", "webauthn.get"),
    *("null", "\0", "\ud800", "a" * 3000, "=", "_-"),
]
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(_TEXTS)
)
JSON = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(_NAMES) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=6,
)
_CBOR_KEYS = (
    st.integers(-70000, 70000) | st.text(max_size=5) | st.binary(max_size=5) | st.booleans()
)
CBOR = st.recursive(
    _SCALARS.filter(lambda value: value != "\ud800")
    | st.binary(max_size=80)
    | st.just(cbor2.undefined),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(_CBOR_KEYS, inner, max_size=4)
        | st.builds(cbor2.CBORTag, st.integers(0, 2**20), inner)
    ),
    max_leaves=6,
)
_WHERE = st.integers(0, 10_000)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for key, child in inner:
        yield (*path, key)
        yield from _paths(child, (*path, key))


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(child) for key, child in value.items()}
    return [_copied(child) for child in value] if isinstance(value, list) else value


class TreeChange(NamedTuple):
    """One change of a member at any depth.

    It is gone, or gets another value or name, a list around it, or one beside it.
    """

    where: int
    act: str
    value: Any

    def __call__(self, tree: Any) -> Any:
        tree, paths = _copied(tree), list(_paths(tree))
        if not paths or self.act == "whole":
            return self.value
        *way, last = paths[self.where % len(paths)]
        parent = tree
        for key in way:
            parent = parent[key]
        old = parent.pop(last) if self.act in ("remove", "rename") else parent[last]
        if self.act == "replace":
            parent[last] = self.value
        elif self.act == "wrap":
            parent[last] = [old]
        elif self.act == "double":
            parent[last] = [old, old]
        elif isinstance(parent, dict) and self.act in ("rename", "beside"):
            parent[str(self.value)[:50]] = old
        return tree


def trees(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Change]:
    """Return changes of a tree of dicts and lists."""
    acts = ["replace"] * 6 + ["remove", "rename", "beside", "wrap", "double", "whole"]
    return st.builds(TreeChange, _WHERE, st.sampled_from(acts), values)


class BytesChange(NamedTuple):
    """One change of bytes: a bit, a byte, some removed, some added, or all replaced."""

    where: int
    act: str
    value: bytes

    def __call__(self, data: bytes) -> bytes:
        at = self.where % (len(data) + 1)
        if self.act == "bit" and at < len(data):
            return data[:at] + bytes([data[at] ^ (1 << self.where % 8)]) + data[at + 1 :]
        return {
            "bit": data + b"\0",
            "over": data[:at] + self.value + data[at + len(self.value) :],
            "insert": data[:at] + self.value + data[at:],
            "remove": data[:at] + data[at + 1 + len(self.value) :],
            "cut": data[:at],
            "after": data + self.value,
            "whole": self.value,
            "double": data + data,
        }[self.act]


_ACTS = ["bit"] * 4 + ["over", "over", "insert", "remove", "cut", "after", "whole", "double"]
BYTES: st.SearchStrategy[Change] = st.builds(
    BytesChange, _WHERE, st.sampled_from(_ACTS), st.binary(max_size=40)
)
# The flags of authenticator data and the counter behind them, which a random position
# would seldom hit.
HEADER = st.builds(
    BytesChange, st.integers(32, 36), st.just("over"), st.binary(min_size=1, max_size=5)
)


class TextChange(NamedTuple):
    """One change of how base64url is written."""

    where: int
    act: str

    def __call__(self, text: str) -> Any:
        at = self.where % (len(text) + 1)
        return {
            "padded": text + "=" * (-len(text) % 4 or 1),
            "standard": text.replace("-", "+").replace("_", "/"),
            "space": text[:at] + " " + text[at:],
            "line": text + "\n",
            "shorter": text[:-1],
            "longer": text + "A",
            "foreign": text[:at] + "é" + text[at:],
            "wide": text[:at] + "Ａ" + text[at + 1 :],
            "zero": text + "\0",
            "twice": base64.urlsafe_b64encode(text.encode()).decode(),
            "last": text[:-1] + ("B" if text[-1:] != "B" else "C"),
            "bytes": list(text.encode()),
        }[self.act]


_SPELLINGS = [
    *("padded", "standard", "space", "line", "shorter", "longer"),
    *("foreign", "wide", "zero", "twice", "last", "bytes"),
]
TEXTS = st.builds(TextChange, _WHERE, st.sampled_from(_SPELLINGS))


class LeafChange(NamedTuple):
    """A change of one of the texts in a credential."""

    where: int
    change: TextChange

    def __call__(self, tree: Any) -> Any:
        tree = _copied(tree)
        response = tree["response"]
        places = [(tree, "id"), (tree, "rawId"), *((response, name) for name in sorted(response))]
        parent, name = places[self.where % len(places)]
        if isinstance(parent[name], str):
            parent[name] = self.change(parent[name])
        return tree


LEAVES = st.builds(LeafChange, _WHERE, TEXTS)


class Inside(NamedTuple):
    """A change of what bytes encode: JSON or CBOR."""

    change: Change
    read: Callable[[bytes], Any]
    write: Callable[[Any], bytes]

    def __call__(self, data: bytes) -> bytes:
        return self.write(self.change(self.read(data)))


def _json_bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


IN_JSON = st.builds(Inside, trees(JSON), st.just(json.loads), st.just(_json_bytes))
IN_CBOR = st.builds(Inside, trees(CBOR), st.just(cbor2.loads), st.just(cbor2.dumps))


def _changes(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return one or two of these changes, by the names that the authenticator knows."""
    one = st.one_of([st.fixed_dictionaries({name: each}) for name, each in strategies.items()])
    return one | st.builds(lambda first, second: first | second, one, one)


_EITHER = {
    "sent": trees(JSON) | LEAVES,
    "client_data_bytes": IN_JSON | BYTES,
    "auth_data": BYTES | HEADER,  # before it is signed
    "auth_data_after": BYTES | HEADER,
    "signature": BYTES,
}
REGISTRATIONS = _changes(
    **_EITHER,
    cose_key=trees(CBOR),
    att_stmt=trees(CBOR),
    attestation_object=BYTES | IN_CBOR,
    fmt=CBOR,
)
AUTHENTICATIONS = _changes(**_EITHER, user_handle=st.none() | st.binary(max_size=80))
