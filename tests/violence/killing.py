"""Kill workers, one or all, while people register passkeys and sign in; then audit."""

import random
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from tests.ops.gunicorn import Running, running
from tests.violence import workers
from tests.violence.actors import NO_ANSWER, Attempt, Troupe, ask
from tests.violence.rows import query


class Books(NamedTuple):
    """What happened: `there` and `redone` count some of the unanswered ceremonies."""

    kills: int
    acknowledged: int
    unanswered: int
    there: int  # the answer was lost, not the work
    redone: int  # the challenge was still good, and served at a second try

    def __str__(self) -> str:
        return (
            f"{self.kills} kills; {self.acknowledged} ceremonies acknowledged, all there;"
            f" {self.unanswered} unanswered: {self.there} wholly there,"
            f" {self.redone} done at a second try, the others wholly absent"
        )


def run(url: str, folder: Path, *, kills: int) -> Books:
    """Run it all, with two workers; assert that everything is as it has to be."""
    settings = {"DATABASE_URL": url, "REGISTRATION": "open", "MAX_PASSKEYS_PER_USER": 500}
    with running(folder, workers=2, **settings) as server:
        troupe = Troupe(server.port, many=6)
        with troupe:
            violence(server, kills)
        attempts = troupe.attempts()
        assert {each.status for each in attempts} <= {200, NO_ANSWER}
        assert {status for _, _, status in troupe.statuses()} <= {200, NO_ANSWER}
        there = audited(url, attempts)
        lost = [each for each in attempts if each.status == NO_ANSWER]
        redone = sent_again(attempts, there)
        audited(url, [*attempts, *(each._replace(status=200) for each in redone)])
        still_good(attempts)
        acknowledged = len(attempts) - len(lost)
        kept = sum(there[each.label] for each in lost)
        return Books(kills, acknowledged, len(lost), kept, len(redone))


def violence(server: Running, kills: int) -> None:
    """Kill one worker at a time, and every fourth time all."""
    for number in range(kills):
        time.sleep(random.uniform(0.05, 0.3))
        old = workers.pids(server)
        which = None if number % 4 == 3 else random.randrange(len(old))
        workers.kill(server, which)
        workers.wait_for_new(server, old if which is None else old[which : which + 1], len(old))
    time.sleep(0.3)


def audited(url: str, attempts: list[Attempt]) -> Counter[str]:
    """Compare answers with what is stored; return how often each attempt is there."""
    passkeys = query(url, "SELECT name, id FROM passkeys")
    sessions = query(url, "SELECT user_agent FROM sessions")
    there = Counter([name for name, _ in passkeys] + [agent for (agent,) in sessions])
    for each in attempts:
        assert there[each.label] <= 1, f"{each.label} counted twice"
        lost = f"{each.label} was acknowledged, and is not there"
        assert there[each.label] == 1 or each.status == NO_ANSWER, lost
    # A passkey is there with its audit event, or not at all.
    added = query(url, "SELECT detail FROM audit_events WHERE event = 'account:passkey:added'")
    assert sorted(detail for (detail,) in added) == sorted(each for _, each in passkeys)
    if url.startswith("sqlite"):
        assert query(url, "PRAGMA integrity_check") == [("ok",)]
        assert query(url, "PRAGMA foreign_key_check") == []
    return there


def sent_again(attempts: list[Attempt], there: Counter[str]) -> list[Attempt]:
    """Replay everything twice, and return the attempts that this completed.

    They may only be ones that were neither answered nor done.
    """
    redone = []
    for each in attempts:
        open_yet = each.status == NO_ANSWER and not there[each.label]
        first, second = each.send(), each.send()
        assert first == 400 or (first == 200 and open_yet), each.label
        assert second == 400, each.label
        redone += [each] if first == 200 else []
    return redone


def still_good(attempts: list[Attempt]) -> None:
    """Assert that every acknowledged session is in force."""
    for each in attempts:
        if each.kind == "sign-in" and each.status == 200:
            assert ask(each.browser, "GET", "/account/api/passkeys")[0] == 200, each.label
