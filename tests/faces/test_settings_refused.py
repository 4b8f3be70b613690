"""Settings that make no sense are refused before anything is done."""

from __future__ import annotations

from pathlib import Path

from refusals import Case, fresh, refused, table

PLACES = ("--data-root", "{store}", "--tracking-uri", "{tracking}")
RUN = ("run", "--source", "files:{prices}", *PLACES)

CASES = (
    Case("an unknown key", (*RUN, "--set", "train.epoch=3"), r"did you mean train\.epochs\?"),
    Case("an unknown calendar", (*RUN, "--set", "ingest.calendar=XXXX"), r"'XXXX' is not"),
)


@table(CASES)
def test_it_is_refused(case: Case, tmp_path: Path) -> None:
    refused(case, fresh(tmp_path))
