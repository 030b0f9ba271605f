"""Fuzzing: `make test` runs a fixed share, `make fuzz` runs longer, with new examples.

FUZZ_EXAMPLES is the number of examples that each test takes. What Hypothesis finds is
kept in .hypothesis and tried first.
"""

import os

from hypothesis import HealthCheck, Phase, settings

_WANTED = int(os.environ.get("FUZZ_EXAMPLES", "0"))
_SLOW = [
    HealthCheck.too_slow,
    HealthCheck.function_scoped_fixture,
    HealthCheck.filter_too_much,
    HealthCheck.data_too_large,
]


def fuzz(usual: int, **options: object) -> settings:
    """Return the settings of a test that takes `usual` examples in `make test`."""
    # An app and its database serve all examples of a test: the next examples meet what
    # one leaves behind.
    fixed = {"deadline": None, "suppress_health_check": _SLOW, "print_blob": True, **options}
    if _WANTED:
        return settings(max_examples=_WANTED, **fixed)  # type: ignore[arg-type]
    # Without shrinking, which takes minutes: `make fuzz` does it.
    phases = [Phase.explicit, Phase.generate]
    return settings(max_examples=usual, phases=phases, derandomize=True, database=None, **fixed)  # type: ignore[arg-type]
