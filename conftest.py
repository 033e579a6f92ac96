"""Let the helpers of the tests say what they compared when an assertion fails."""

import pytest

pytest.register_assert_rewrite("tests")
