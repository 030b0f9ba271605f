"""The rules: ceremonies, counters, names, throttling."""

import pytest

# So that a failure there shows what differs.
pytest.register_assert_rewrite("tests.core.refusals")
