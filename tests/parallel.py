"""Run threads that start together, as a worker's requests do."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from app.storage import database

Item = TypeVar("Item")


def in_parallel(work: Callable[[Item], Any], items: Sequence[Item]) -> list[Any]:
    """Do `work` for each item in a thread of its own, all at the same moment.

    Returns the results in the order of the items.
    """
    together, results = threading.Barrier(len(items)), dict[int, Any]()

    def run(number: int, item: Item) -> None:
        together.wait(timeout=10)
        try:
            results[number] = work(item)
        finally:
            if not database.db.is_closed():  # each thread has its own
                database.db.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(items)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[number] for number in range(len(items))]
