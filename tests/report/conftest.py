"""Simulated runs that the tests of the report share; a test that changes one changes a copy."""

import pytest
import simulated


@pytest.fixture(scope="session")
def whole() -> simulated.Run:
    return simulated.run()


@pytest.fixture(scope="session")
def three() -> simulated.Run:
    """The smallest run, three days ahead; tests change a copy."""
    return simulated.run(firms=3, days=300, horizon=3)


@pytest.fixture(scope="session")
def page(whole: simulated.Run) -> str:
    return whole.report().page
