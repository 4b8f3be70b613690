"""The records of a store: what each must hold, checked as it is read, and sealed as it is written.

A record is a JSON object. Whoever writes it adds a seal, the SHA-256 of all else in it, so that
a single letter that has changed is seen. One of an earlier version has no seal, and may lack what
its shape does not require; what is not in its shape is left as it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from pipeline.errors import AbsentError
from pipeline.store.formats import json_text

RUNS, DAYS, STUDIES = "runs", "days", "studies"
"""Folders of the records of runs, of the days of a schedule, and of studies."""
LATEST = f"{RUNS}/latest"
"""Name of the record of the latest run."""
PUBLISHED = "published"
"""Name of the record of what a schedule has published."""
EDITION = "edition"
"""What a published edition is called among the outputs."""
ANSWER = "answer"
"""What the answer of a study is called among the outputs."""
SEAL = "seal"

Name = Annotated[str, StringConstraints(pattern=r"^[^/]+$")]
"""What a file or folder can be called."""
Date = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
"""A day as ISO 8601 writes it."""


class Shape(BaseModel):
    """What a record must hold; more may be in it."""

    model_config = ConfigDict(strict=True)


class Run(Shape):
    """A finished run, or a day that was published: `runs/ID.json`, `runs/latest.json`."""

    run_id: Name
    fingerprints: dict[Name, Name]
    edition: Name = ""
    date: Date = ""
    model: str = ""
    source: str = ""
    version: str = ""


class Published(Run):
    """What a schedule has published: `published.json`."""

    edition: Name
    date: Date
    source: str
    version: str


class Arrived(Shape):
    """What the step `ingest` of a day noted."""

    fingerprint: Name
    origin: list[str] = Field(min_length=2)


class Entered(Shape):
    """What the step `compare` of a day noted."""

    challenger: str


class Day(Shape):
    """What the steps of a scheduled day noted: `days/DATE.json`."""

    ingest: Arrived
    compare: Entered = Entered(challenger="")


class Latest(Shape):
    """The latest answer of a study: `studies/NAME.json`."""

    run_id: Name
    answer: Name


class About(Shape):
    """What was noted when an output was written: its `about.json`."""

    files: dict[Name, Annotated[int, Field(ge=0)]] = Field(min_length=1)
    digests: dict[Name, str] = {}
    stage: str = ""
    fingerprint: str = ""
    settings: dict[str, dict[str, Any]] = {}
    needs: dict[Name, Name] | list[Name] = []
    seconds: float = 0.0


KINDS = {
    "string_type": "no text",
    "string_pattern_mismatch": "nothing that fits",
    "dict_type": "no names with values",
    "model_type": "no names with values",
    "list_type": "no list",
    "int_type": "no whole number",
    "float_type": "no number",
    "too_short": "too little",
}
"""What stands where something else is wanted, by pydantic's name of the fault."""


class UnfitError(ValueError):
    """A record is not what its shape says; the words are the rest of a sentence about it."""


def sealed(facts: Mapping[str, Any]) -> str:
    """Return a record as it is written; NaN is refused, since JSON has none."""
    return json_text({**facts, SEAL: _seal(facts)})


def parsed(content: bytes, shape: type[Shape]) -> dict[str, Any]:
    """Return the facts of a record, without its seal.

    Raises
    ------
    UnfitError
        If it is no JSON object, was changed after it was sealed, or does not fit its shape.
    """
    try:
        facts = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise UnfitError("is damaged") from error
    if not isinstance(facts, dict):
        raise UnfitError("is damaged")
    # Not the values alone: the last digit of a number may be another, and the number the same.
    if facts.pop(SEAL, None) is not None and content.decode() != sealed(facts):
        raise UnfitError("is damaged")
    try:
        shape.model_validate(facts)
    except ValidationError as error:
        raise UnfitError(_fault(error)) from error
    return facts


def shape_of(name: str) -> tuple[type[Shape], str]:
    """Return the shape of a record by its name, and the command that writes it."""
    folder, _, day = name.rpartition("/")
    if folder == RUNS:
        return Run, "`firmament run`"
    if folder == DAYS:
        return Day, f"`firmament daily --date {day}`"
    if folder == STUDIES:
        return Latest, f"`firmament study {day}`"
    return (Published, "`firmament daily`") if name == PUBLISHED else (Shape, "`firmament run`")


def made(record: Mapping[str, Any], stage: str, what: str) -> str:
    """Return the fingerprint of what a run's stage made.

    Raises
    ------
    InputError
        If the run has no such stage, as one of an earlier version; `what` says what it did not.
    """
    if stage not in record["fingerprints"]:
        raise AbsentError(
            f"The run {record['run_id']} did not {what}: an earlier version made it. "
            "`firmament run` does, and reuses what has not changed."
        )
    return str(record["fingerprints"][stage])


def _seal(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json_text(facts).encode()).hexdigest()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _fault(error: ValidationError) -> str:
    """Say what a record lacks, or has wrong."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"] if part != "[key]")
    if fault["type"] == "missing":
        return f"lacks `{where}`"
    return f"has {KINDS.get(fault['type'], 'nothing that fits')} in `{where}`"
