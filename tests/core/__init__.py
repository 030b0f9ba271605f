"""The rules: ceremonies, counters, names, throttling."""

import pytest

pytest.register_assert_rewrite("tests.core.refusals")  # so that a failure there shows what differs
