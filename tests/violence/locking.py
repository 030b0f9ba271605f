"""Run what people do to one account at once: no deadlock, and nothing hangs."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations_with_replacement

from tests.violence import verbs
from tests.violence.verbs import VERBS, Account

Verb = Callable[[Account], None]


class Mixed:
    """Threads that run verbs against one account, for some seconds."""

    def __init__(self, ada: Account, among: Sequence[Verb], *, threads: int) -> None:
        self.done, self.failed = Counter[str](), list[str]()
        self._ada, self._among, self._end = ada, among, 0.0
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(threads)]

    def _run(self, number: int) -> None:
        # Each verb has a thread to begin with, so that a pair always runs as one.
        verb = self._among[number % len(self._among)]
        while time.monotonic() < self._end and not self.failed:
            try:
                verbs.run(verb, self._ada)
                self.done[verb.__name__] += 1
            except Exception as error:  # noqa: BLE001 - mix() reports it
                self.failed.append(f"{verb.__name__}: {type(error).__name__}: {error}")
            verb = random.choice(self._among)

    def run(self, seconds: float) -> "Mixed":
        """Run the threads, and return when they have ended."""
        self._end = time.monotonic() + seconds
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join()
        return self


def mix(ada: Account, among: Sequence[Verb], *, seconds: float, threads: int = 6) -> Counter[str]:
    """Mix these verbs, assert that none failed, and return how often each ran."""
    mixed = Mixed(ada, among, threads=threads).run(seconds)
    assert mixed.failed == [], f"{mixed.failed} after {mixed.done}"
    return mixed.done


def each_pair(ada: Account, *, seconds: float) -> Iterator[Counter[str]]:
    """Mix each two verbs for some seconds, and each verb with itself."""
    for pair in combinations_with_replacement(VERBS, 2):
        yield mix(ada, pair, seconds=seconds, threads=4)
