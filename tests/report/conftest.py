"""One simulated run that the tests of the report share; a test that changes one makes its own."""

import pytest
import simulated


@pytest.fixture(scope="session")
def whole() -> simulated.Run:
    return simulated.run()


@pytest.fixture(scope="session")
def page(whole: simulated.Run) -> str:
    return whole.report().page
