"""The documentation is true: links lead somewhere, commands and settings exist, examples run."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import itertools
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer.main
import universe
from similarity import planted

from pipeline.cli import app
from pipeline.cli.entry import INTERRUPTED, TERMINATED
from pipeline.comparison import tracked
from pipeline.comparison.compare import NAME
from pipeline.comparison.ranking import FACTS
from pipeline.errors import FirmamentError
from pipeline.evaluation.baselines import BASELINES
from pipeline.forecaster.forecaster import About, write
from pipeline.ingest.rules import RULES
from pipeline.outputs import Compared, Edition, Grown
from pipeline.registry.register import register
from pipeline.registry.versions import CHALLENGER, give_alias
from pipeline.report.standings import TABLES, columns_of
from pipeline.run import record
from pipeline.settings.explain import flatten
from pipeline.settings.ingest import Quality
from pipeline.settings.load import load
from pipeline.settings.settings import Settings
from pipeline.settings.window import Window
from pipeline.sources.formats import read_firms, read_prices
from pipeline.stages import PLAN
from pipeline.store import Store
from pipeline.tracking import Tracker

HOUSE = Path(__file__).parents[1]
PAGES = [HOUSE / "README.md", *sorted((HOUSE / "docs").glob("*.md"))]
SHELL = ("sh", "bash", "console", "shell")
OPERATORS = {"|", "||", "&", "&&", ";", "(", ")", ">", ">>", "<", "2>", "2>>"}

page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


def blocks(path: Path, *languages: str) -> list[str]:
    """The fenced blocks of a page in some languages; all of them without any."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
    return [body for language, body in found if not languages or language in languages]


def prose(path: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)


def spans(path: Path) -> list[str]:
    """What stands in backticks within the text."""
    return re.findall(r"`([^`\n]+)`", prose(path))


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    seen: dict[str, int] = {}
    found = set()
    for heading in re.findall(r"^#{1,6} (.+)$", prose(path), re.MULTILINE):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        found.add(f"{slug}-{count}" if count else slug)
    return found


def lines(path: Path) -> Iterator[str]:
    """The lines of a page's shell blocks; a loop's variables have their first values."""
    for body in blocks(path, *SHELL):
        text = body.replace("\\\n", " ")
        for name, first in re.findall(r"for (\w+) in (\S+)", text):
            text = text.replace(f"${name}", first)
        yield from text.splitlines()


def commands(path: Path) -> Iterator[tuple[dict[str, str], list[str]]]:
    """The environment and the words of every firmament command in a page's shell blocks."""
    for line in lines(path):
        words = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars=True)
        words.whitespace_split = True
        for end, part in itertools.groupby(words, lambda word: word in OPERATORS):
            command = list(part)
            names = [Path(word).name for word in command]
            if end or "firmament" not in names:
                continue
            at = names.index("firmament")
            settings = (word.partition("=") for word in command[:at] if "=" in word)
            yield {name: value for name, _, value in settings}, command[at + 1 :]


def parsed(words: list[str]) -> dict[str, Any]:
    """Parse a command line as the real entry point would, without running it."""
    group = typer.main.get_command(app)
    words = [word for word in words if word not in ("--debug", "--help")]
    if not words:
        return {}
    command = group.commands[words[0]]  # type: ignore[attr-defined]
    return dict(command.make_context(words[0], words[1:]).params)


def setting_names() -> set[str]:
    """Every setting and every section that has settings, as `section.key`."""
    leaves = flatten(Settings())
    return {*leaves, *(leaf.rpartition(".")[0] for leaf in leaves)}


@page
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(path)):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        goal = (path.parent / place).resolve() if place else path
        assert goal.exists(), f"{path.name} links to {target}"
        if anchor:
            assert anchor in anchors(goal), f"{path.name} links to {target}"


@page
def test_commands_and_their_settings_exist(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for environment, words in commands(path):
        asked = parsed(words)
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            options = {"model.name": asked.get("model"), "source": asked.get("source")}
            given = [f"{key}={value}" for key, value in options.items() if value]
            load(None, [*(asked.get("assign") or ()), *given])


@page
def test_commands_in_the_text_exist(path: Path) -> None:
    group = typer.main.get_command(app)
    for span in spans(path):
        words = span.split()
        if words[0] != "firmament" or len(words) == 1 or words[1].startswith("-"):
            continue
        command = group.commands[words[1]]  # type: ignore[attr-defined]
        options = {option for parameter in command.params for option in parameter.opts}
        named = {word.partition("=")[0] for word in words[2:] if word.startswith("--")}
        assert named <= options, f"{path.name}: {span}"


@page
def test_settings_in_the_text_exist(path: Path) -> None:
    sections = {name for name in Settings.model_fields if name not in flatten(Settings())}
    for span in spans(path):
        key = span.partition("=")[0]
        if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", key) and key.partition(".")[0] in sections:
            assert key in setting_names() or key.endswith(".py"), f"{path.name}: {span}"


@page
def test_settings_files_can_be_loaded(path: Path, tmp_path: Path) -> None:
    for body in blocks(path, "yaml"):
        file = tmp_path / "settings.yaml"
        file.write_text(body)
        load(file)


@page
def test_example_tables_can_be_read(path: Path, tmp_path: Path) -> None:
    for body in blocks(path, "csv"):
        file = tmp_path / "AAPL.csv"
        file.write_text(body)
        table = read_prices(file)[0] if "date" in body.lower().split("\n")[0] else read_firms(file)
        assert "AAPL" in set(table["symbol"])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `data/store` has a run on firms that are called as the sample's."""
    folder = tmp_path_factory.mktemp("docs")
    names = pd.read_csv(HOUSE / "data" / "sample" / "firms.csv")["symbol"]
    growth = universe.growth_panel(firms=len(names), days=1600)
    growth.columns = pd.Index(names, name="symbol")
    made = planted.embedded(Grown(growth, universe.grown().basis))
    kept = Store(folder / "data" / "store")
    kept.prepare()
    kept.write("embed", "planted", made, {})
    kept.record("a-run", {"run_id": "a-run", "fingerprints": {"embed": "planted"}})
    universe.prices(growth).to_parquet(folder / "prices.parquet")
    challenger(folder)
    return folder


def challenger(folder: Path) -> None:
    """Register a network that was never trained in the folder's `mlruns`."""
    import models

    features = Window().features
    network = models.to_bytes(models.build("gru", features=len(features) + 1, units=4))
    files = write(folder, network, About("gru", features, 64, 1, (0.1, 0.9), "XNYS"))
    tracker = Tracker(f"sqlite:///{folder}/mlruns/mlflow.db")
    dataset = {"name": "planted", "digest": "0", "source": "planted", "profile": {}}
    tracker.start("docs", "planted", {}, {}, dataset)
    give_alias(tracker, CHALLENGER, register(tracker, files, (), (0.1, 0.9), {}))
    tracker.end("FINISHED")


@page
def test_python_examples_run(path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(store)
    monkeypatch.setattr("sys.path", [*sys.path])  # MLflow puts a model's own code before it
    names: dict[str, object] = {}
    for number, body in enumerate(blocks(path, "python"), start=1):
        if ">>>" not in body:
            exec(compile(body, f"{path.name}, example {number}", "exec"), names)
            continue
        example = doctest.DocTestParser().get_doctest(body, names, path.name, None, None)
        said: list[str] = []
        doctest.DocTestRunner(verbose=False).run(example, out=said.append)
        assert not said, "".join(said)
    if "forecasts" in names:
        forecasts = names["forecasts"]
        assert isinstance(forecasts, pd.DataFrame)
        assert list(forecasts)[-3:] == ["q05", "q50", "q95"]
        columns = " ".join(row[0] for row in rows(path, "column"))
        assert set(forecasts) - {"q95"} == set(re.findall(r"\w+", columns))


def rows(path: Path, heading: str) -> list[list[str]]:
    """The cells of a table's rows, without their backticks, by the first heading of the table."""
    text = path.read_text()
    table = re.search(rf"^\| {heading} \|.*\n\|[ \-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert table, f"{path.name} has no table of {heading}"
    lines = table[1].splitlines()
    return [[cell.strip(" `") for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_quality_rules_are_all_told_in_their_order_with_their_defaults() -> None:
    told = {row[0]: row[1] for row in rows(HOUSE / "docs" / "operations.md", "rule")}
    assert list(told) == [*(rule.name for rule in RULES), "missing", "short"]
    assert told == {name: getattr(Quality(), name) for name in told}


def test_the_exit_statuses_are_all_told() -> None:
    told = [row[0] for row in rows(HOUSE / "docs" / "operations.md", "status")]
    assert told == ["0", "1", str(FirmamentError.exit_status), str(INTERRUPTED), str(TERMINATED)]


def test_the_stages_are_all_told_with_their_settings_and_needs() -> None:
    told = rows(HOUSE / "docs" / "architecture.md", "stage")
    assert [row[0] for row in told] == [stage.name for stage in PLAN]
    for row, stage in zip(told, PLAN, strict=True):
        assert re.findall(r"\w+", row[1]) == list(stage.sections)
        if stage.name not in ("ingest", "report"):
            assert re.findall(r"\w+", row[2]) == list(stage.needs)


def test_the_stages_outputs_lie_where_the_page_says() -> None:
    layout = next(body for body in blocks(HOUSE / "docs" / "architecture.md") if "stages/" in body)
    outputs = {stage.name: stage.makes for stage in PLAN}
    for name, made in {**outputs, NAME: Compared, "edition": Edition}.items():
        after = layout.partition(f"{name}/<fingerprint>/")[2]
        files = re.findall(r"(\w+)\.\w+", re.split(r"\w+/|published", after)[0])
        assert sorted(files) == sorted(field.name for field in dataclasses.fields(made))


def test_the_scores_and_baselines_are_all_told() -> None:
    scores = " ".join(row[0] for row in rows(HOUSE / "docs" / "evaluation.md", "name"))
    assert set(re.findall(r"\w+", scores)) == set(record.SCORES)
    for name in BASELINES:
        assert f"| `{name}` |" in prose(HOUSE / "docs" / "evaluation.md")


def test_the_columns_of_the_leaderboard_are_all_told() -> None:
    told = " ".join(row[0] for row in rows(HOUSE / "docs" / "evaluation.md", "in the leaderboard"))
    shown = {metric.key for table in TABLES for metric in columns_of(table)}
    words = {*re.findall(r"\w+", told), "log_score"}
    assert shown - {"crps_interval", "crps_ratio_interval", "inside"} <= words
    assert {*tracked.BOARD, *FACTS} <= words


def test_the_names_of_metrics_are_those_that_are_logged() -> None:
    scores = dict.fromkeys(record.SCORES, 1.0)
    days = [{"horizon": day, **scores} for day in (1, 2)]
    beside = dict.fromkeys(BASELINES, scores)
    logged = record.scores({**scores, "baselines": beside, "by_horizon": days})
    words = spans(HOUSE / "docs" / "operations.md")
    told = {span for span in words if re.fullmatch(r"test\w*/\w+", span)}
    assert told <= {*logged, *(f"test/{column}" for column in tracked.BOARD)}
    assert {*tracked.BOARD} <= {*words, *record.SCORES}
    assert {f"cost/{fact}" for fact in FACTS} == {s for s in words if s.startswith("cost/")}
    assert {f"ahead/{c}" for c in tracked.AHEAD} == {s for s in words if s[:6] == "ahead/"}
    assert {name for name in logged if name.startswith("test/")} <= told
    assert {name.partition("/")[0] for name in logged} == {name.partition("/")[0] for name in told}


def imports(path: Path) -> set[str]:
    """The dotted names of the house's modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_imports_only_point_down_the_list() -> None:
    listed = rows(HOUSE / "docs" / "architecture.md", "place")
    level = {
        place.removesuffix(".py").strip("/").replace("/", "."): number
        for number, row in enumerate(listed)
        for place in re.findall(r"[\w/]+(?:\.py|/)", row[0])
    }
    files = [*(HOUSE / "pipeline").rglob("*.py"), *(HOUSE / "models").glob("*.py")]
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
    text = prose(HOUSE / "docs" / "architecture.md")
    rule = next(part for part in text.split("\n- ") if "alone import MLflow" in part)
    told = set(re.findall(r"`(pipeline/\w+(?:\.py|/))`", rule))
    files = [*(HOUSE / "pipeline").rglob("*.py"), *(HOUSE / "models").glob("*.py")]
    found = {
        str(file.relative_to(HOUSE))
        for file in files
        if "mlflow" in {name.partition(".")[0] for name in imports(file)}
    }
    assert found == {file for file in found if file.startswith(tuple(told))}
    assert told == {place for place in told if any(file.startswith(place) for file in found)}
