"""Every relative link and anchor leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pages import BESIDE, PAGES, anchors, name, prose


@pytest.mark.parametrize("path", [*PAGES, *BESIDE], ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        goal = (path.parent / place).resolve() if place else path
        assert goal.exists(), f"{path.name} links to {target}"
        if anchor:
            assert anchor in anchors(goal), f"{path.name} links to {target}"
