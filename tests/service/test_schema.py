"""The API against its own description: `make schema` installs what makes the questions up."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import World
from listening import listening

from pipeline.service.edition import Editions
from pipeline.store import Store

pytestmark = pytest.mark.schema
SCHEMATHESIS = Path(__file__).parents[2] / ".schema" / "bin" / "st"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,unsupported_method"
QUESTIONS = 1050
"""Made up of each address beside those of its bounds: more than 10,000 of all."""


def test_no_question_that_can_be_made_up_is_a_fault(world: World, tmp_path: Path) -> None:
    with listening(Editions(Store(world.place.store))) as address:
        done = subprocess.run(
            [
                *(SCHEMATHESIS, "run", f"{address}/openapi.json", "--checks", CHECKS),
                *("--max-examples", str(QUESTIONS), "--phases", "examples,coverage,fuzzing"),
                *("--suppress-health-check", "all", "--seed", "0", "--no-color"),
                *("--request-timeout", "30", "--workers", "2"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    asked = re.search(r"(\d+) generated", done.stdout)
    assert asked is not None, done.stdout[-2000:]
    assert int(asked[1]) >= 10_000
