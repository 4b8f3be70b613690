"""The layers of the house are those that its page shows."""

from __future__ import annotations

import re
import tomllib

from pages import DOCS, HOUSE, imports, prose, rows

PAGE = DOCS / "architecture.md"


def test_imports_only_point_down_the_list() -> None:
    listed = rows(PAGE, "place")
    level = {
        place.removesuffix(".py").strip("/").replace("/", "."): number
        for number, row in enumerate(listed)
        for place in re.findall(r"[\w/]+(?:\.py|/)", row[0])
    }
    files = [file for one in ("firmament", "pipeline") for file in (HOUSE / one).rglob("*.py")]
    files += (HOUSE / "models").glob("*.py")
    names = {file: ".".join(file.relative_to(HOUSE).with_suffix("").parts) for file in files}

    def of(name: str) -> int | None:
        parts = name.split(".")
        return next((level[key] for key in (parts[0], ".".join(parts[:2])) if key in level), None)

    beside = {"pipeline.__init__", "pipeline.__main__"}
    assert [name for name in names.values() if of(name) is None and name not in beside] == []
    upwards = [
        f"{name} imports {other}"
        for file, name in names.items()
        if (own := of(name)) is not None
        for other in imports(file)
        if (theirs := of(other)) is not None and theirs < own
    ]
    assert upwards == []


def test_mlflow_is_imported_where_the_page_says() -> None:
    text = prose(PAGE)
    rule = next(part for part in text.split("\n- ") if "alone import MLflow" in part)
    told = set(re.findall(r"`(pipeline/[\w/]+(?:\.py|/))`", rule))
    files = [file for one in ("firmament", "pipeline") for file in (HOUSE / one).rglob("*.py")]
    files += (HOUSE / "models").glob("*.py")
    found = {
        str(file.relative_to(HOUSE))
        for file in files
        if "mlflow" in {name.partition(".")[0] for name in imports(file)}
    }
    assert found == {file for file in found if file.startswith(tuple(told))}
    assert told == {place for place in told if any(file.startswith(place) for file in found)}


def test_the_list_is_that_of_the_contract() -> None:
    settings = tomllib.loads((HOUSE / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one.get("containers") == ["pipeline"])
    places = [re.findall(r"pipeline/(\w+)(?:\.py|/)", row[0]) for row in rows(PAGE, "place")]
    assert [set(place) for place in places if place] == [set(one.split(" : ")) for one in layers]
