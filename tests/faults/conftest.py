"""One scene for all faults: what is undisturbed is made once."""

from __future__ import annotations

import pytest
from nursery import nursery
from scene import Scene


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(tmp_path_factory.mktemp("faults"), nursery())


@pytest.fixture
def scene(made: Scene, request: pytest.FixtureRequest) -> Scene:
    """The scene as it was yesterday."""
    made.restore()
    made.kills = {}
    request.node.user_properties.append(("kills", made.kills))
    return made


@pytest.fixture
def prepared(scene: Scene) -> Scene:
    """The scene as it was yesterday, but for today's stages, which are made already."""
    scene.restore(stages="today")
    return scene


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell how often runs were killed, and at how many places."""
    calls = [report for report in terminalreporter.getreports("passed") if report.when == "call"]
    kills = [dict(report.user_properties).get("kills", {}) for report in calls]
    places = {place for each in kills for place in each}
    if places:
        count = sum(sum(each.values()) for each in kills)
        terminalreporter.write_line(f"Runs were killed {count} times, at {len(places)} places.")
