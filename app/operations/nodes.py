"""What each node runs with: where they differ, the weaker one is what protects people.

Each minute the workers of a node keep one row, a fact whose name has the node and its
rules. What is older than a few minutes counts no more: the node was stopped, or has
another name since.
"""

import os
import socket
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, Self

from app.core import clock
from app.operations.finding import Finding
from app.settings import PREFIX, Settings, log
from app.storage.models import Fact

_NAMED = "node "  # the names of these facts begin so
COUNTS_FOR = 150  # seconds; a worker reports each minute
_OFTEN = 45  # seconds in which a node need not report again
_NAMES = f"{PREFIX}MFA_POLICY and {PREFIX}STEP_UP_AGE"
_MOST = 1000  # rows that are looked at


class _Report(NamedTuple):
    """A node's row: when it was written, and the difference that was logged last."""

    node: str
    policy: str
    age: str
    at: int
    told: str

    @classmethod
    def of(cls, name: str, value: bytes) -> Self:
        """Read a row."""
        node, policy, age = name.removeprefix(_NAMED).rsplit(" ", 2)
        at, _, told = bytes(value).decode().partition(" ")
        return cls(node, policy, age, int(at), told)

    @property
    def name(self) -> str:
        """The name of the fact."""
        return f"{_NAMED}{self.node} {self.policy} {self.age}"

    @property
    def value(self) -> bytes:
        """The value of the fact."""
        return f"{self.at} {self.told}".encode()

    @property
    def rules(self) -> str:
        """What must be the same on all nodes."""
        return f"{self.policy}/{self.age}"

    def counts(self, now: int, seconds: int = COUNTS_FOR) -> bool:
        """Whether it is from the last seconds, by a clock that may differ a little."""
        return abs(now - self.at) <= seconds * clock.SECOND


def _own(settings: Settings, *, told: str = "") -> _Report:
    bind = os.environ.get(f"{PREFIX}BIND") or os.environ.get("PORT", "8000")
    node = f"{socket.gethostname()} {bind}".replace("\0", "")
    return _Report(node, settings.mfa_policy, str(settings.step_up_age), clock.now(), told)


def report(settings: Settings, *, running: int) -> None:
    """Write what this node runs with, and log where nodes begin or cease to differ.

    `running` is for how many seconds this worker has run: at its start it forgets what
    the node ran with before, and it compares once all others have reported since. Of a
    node's workers the one that changes the row writes to the log.
    """
    rows, now, own = _rows(), clock.now(), _own(settings)
    before = next((row for row in rows if row.name == own.name), None)
    if before and before.counts(now, _OFTEN) and running:
        return
    _forget(
        row
        for row in rows
        if row.name != own.name and (not row.counts(now) or (not running and row.node == own.node))
    )
    old = before.told if before and before.counts(now) else ""
    told = _difference([own, *rows], now) if running >= COUNTS_FOR else old
    if _write(own._replace(told=told), before) and told != old:
        _tell(told)


def _rows() -> list[_Report]:
    query: Any = Fact.select(Fact.name, Fact.value).where(Fact.name.startswith(_NAMED))
    return [_Report.of(*row) for row in query.limit(_MOST).tuples()]


def _difference(rows: list[_Report], now: int) -> str:
    """Return the rules in force, if there are several, else ""."""
    rules = sorted({row.rules for row in rows if row.counts(now)})
    return " ".join(rules) if len(rules) > 1 else ""


def _write(own: _Report, before: _Report | None) -> bool:
    """Store the row, and return whether no other worker was faster."""
    if before is None:
        row = {Fact.name: own.name, Fact.value: own.value}
        return bool(Fact.insert(row).on_conflict_ignore().as_rowcount().execute())
    unchanged = Fact.name == own.name, Fact.value == before.value
    return bool(Fact.update(value=own.value).where(*unchanged).execute())


def _forget(rows: Iterable[_Report]) -> None:
    """Delete these rows, unless they were written again meanwhile."""
    for row in rows:
        Fact.delete().where(Fact.name == row.name, Fact.value == row.value).execute()


def _tell(difference: str) -> None:
    if difference:
        fix = "the weaker ones protect nobody better, so give all the same"
        log.warning("nodes differ in %s; %s", _NAMES, fix, extra={"detail": difference})
    else:
        log.warning("all nodes have the same %s again", _NAMES)


def examine(settings: Settings) -> Iterator[Finding]:
    """Compare what nodes have reported lately, and with the settings of a command."""
    now = clock.now()
    rows = [row for row in _rows() if row.counts(now)]
    rules = {row.rules for row in rows}
    if len(rules) > 1:
        listed = ", ".join(sorted(f"{row.rules} on {row.node}" for row in rows)[:10])
        words = f"They differ in {_NAMES} ({listed}); the weaker"
        yield Finding("warning", "nodes", f"{words} ones count, so give all nodes the same.")
    elif rules and rules != {_own(settings).rules}:
        words = f"They run with other values of {_NAMES} than this command: {rules.pop()}; restart"
        yield Finding("warning", "nodes", f"{words} them, or run the command with theirs.")
    elif rules:
        number = f"{len(rows)} nodes run" if len(rows) > 1 else "1 node runs"
        yield Finding("ok", "nodes", f"{number} with the policy and step-up age set here.")
