"""Whatever is set wherever: it is read back as it was meant, or refused with one sentence."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.passwords import masked
from pipeline.settings.explain import explain, flatten
from pipeline.settings.layer import nested, paths
from pipeline.settings.load import load
from pipeline.settings.sentences import declared, shown
from pipeline.settings.settings import PREFIX, Settings

FOREIGN = re.compile(
    "input should|valid dictionary|instance of|zero time|unable to|field required|extra inputs|"
    "less than or|greater than|value error|validation error|pydantic|settings ?error|type=|"
    "valid (string|integer|number|boolean|list|tuple|date)|object has no|traceback",
    re.IGNORECASE,
)
"""Words of libraries."""
TEXTS = st.one_of(st.text(max_size=20), st.sampled_from(["3", "-1", "1e9", "nan", "yes", "null"]))
SCALARS = st.one_of(
    TEXTS,
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(10**20, 10**400),
    st.floats(),
    st.dates(),
)
JUNK = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
PATHS = st.sampled_from([*paths(), ("train",), ("ingest", "quality"), ("yahoo",), ("window",)])
often = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def answered(folder: Path, words: str, *layers: Any) -> None:
    """Load settings: they are read back from what is printed of them, or one sentence says why."""
    try:
        found = load(*layers)
    except ConfigError as error:
        sentence = str(error)
        assert words in sentence
        assert sentence.isprintable() and sentence[-1] in ".?"
        assert not FOREIGN.search(sentence), sentence
        return
    read_back(folder, found)


def read_back(folder: Path, found: Settings) -> None:
    """See that printed settings are the same when they are read."""
    texts = (text for text in flatten(found).values() if isinstance(text, str))
    assume(all(masked(text) == text for text in texts))
    file = folder / "printed.yaml"
    file.write_text(explain(found), encoding="utf-8", newline="")
    assert load(file) == found


@often
@given(PATHS, JUNK)
def test_any_value_in_a_file(tmp_path: Path, path: tuple[str, ...], value: Any) -> None:
    file = tmp_path / "given.yaml"
    file.write_text(yaml.safe_dump(nested(path, value)), encoding="utf-8", newline="")
    answered(tmp_path, "given.yaml", file)


@often
@given(PATHS, st.one_of(TEXTS, JUNK.map(yaml.safe_dump), JUNK.map(str)))
def test_any_value_in_an_assignment(tmp_path: Path, path: tuple[str, ...], value: str) -> None:
    answered(tmp_path, "--set", None, [f"{'.'.join(path)}={value}"])


@often
@given(PATHS, st.one_of(TEXTS, JUNK.map(yaml.safe_dump), JUNK.map(str)))
def test_any_value_in_a_variable(tmp_path: Path, path: tuple[str, ...], value: str) -> None:
    name = PREFIX + "__".join(path).upper()
    assume("\0" not in value)
    with patch.dict(os.environ, {name: value}):
        try:
            found = load()
        except ConfigError as error:
            assert name in str(error)
            assert not FOREIGN.search(str(error)), str(error)
            return
    read_back(tmp_path, found)


@often
@given(st.binary(max_size=80) | st.text("atrin:{}[]&*!|>'\" \n\t-#0", max_size=60).map(str.encode))
def test_any_file(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "given.yaml"
    file.write_bytes(data)
    answered(tmp_path, "given.yaml", file)


def allowed(path: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """Return what a setting's declaration allows."""
    return _drawn(declared(path))


def _drawn(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if "anyOf" in schema:
        return st.one_of(*(_drawn(part) for part in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema["type"]
    if kind == "integer":
        return st.integers(schema["minimum"], schema["maximum"])
    if kind == "number":
        low, high = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
        return st.floats(
            schema.get("minimum", low if low is not None else 0.01),
            schema.get("maximum", high if high is not None else 0.99),
            exclude_min=low is not None,
            exclude_max=high is not None,
        )
    if kind == "array":
        return st.lists(_drawn(schema["items"]), min_size=1, max_size=4, unique=True)
    if kind == "object":
        return st.dictionaries(st.text(max_size=9), st.lists(st.text(max_size=9), max_size=3))
    if kind == "string":
        dates = st.dates(date(1900, 1, 1)).map(str)
        return dates if schema.get("format") == "date" else st.text(min_size=1, max_size=30)
    return {"boolean": st.booleans(), "null": st.none()}[kind]


@pytest.mark.parametrize("source", ["\x85", "files:a\x85b", "files:\u2028", "files:Ü\u2029"])
def test_ends_of_lines_are_read_back(tmp_path: Path, source: str) -> None:
    found, file = load(None, (), {"source": source}), tmp_path / "printed.yaml"
    file.write_text(explain(found), encoding="utf-8", newline="")
    assert load(file).source == found.source == source


@often
@given(st.data())
def test_valid_settings_are_read_back(tmp_path: Path, data: st.DataObject) -> None:
    tree: dict[str, Any] = {}
    for path in data.draw(st.lists(st.sampled_from(paths()), min_size=1, max_size=4, unique=True)):
        section = tree
        for part in path[:-1]:
            section = section.setdefault(part, {})
        section[path[-1]] = data.draw(allowed(path))
    answered(tmp_path, "given as an option", None, (), tree)


@pytest.mark.parametrize("path", paths(), ids=".".join)
def test_every_setting_says_what_it_may_be(path: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        load(options=nested(path, {"a": {"b": object}}))
    assert re.search(r"is not valid: give .+\.$", str(caught.value)), str(caught.value)


def test_values_are_shown_short_and_without_passwords() -> None:
    assert shown({"a": [1, None, "b"]}) == "{a: [1, null, b]}"
    assert (shown("3"), shown("x"), shown(None)) == ("3", "'x'", "nothing")
    assert len(shown(["x" * 50] * 1000)) < 70
    assert "s3cret" not in shown(f"postgresql://ann:{'s3cret' * 20}@host/runs")
