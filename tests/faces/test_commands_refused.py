"""Command lines that are not understood: one sentence that says what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Place
from refusals import Case, fresh, refused, table

NUMBER = r"takes a whole number from 1 to \d+, not "

CASES = (
    Case("an unknown option", ("run", "--modle", "gru"), r"--modle of .*did you mean --model\?"),
    Case("one with an underscore", ("run", "--data_root", "a"), r"did you mean --data-root\?"),
    Case("one with a value", ("run", "--formt=json"), r"no option --formt .*mean --format\?"),
    Case("one like no other", ("run", "--nonsense"), r"`firmament run --help` lists those"),
    Case("one dash too few", ("similar", "A", "-top", "3"), r"no option -top .*did you mean --top"),
    Case("a letter", ("similar", "A", "-x"), r"There is no option -x of `firmament similar`"),
    Case("one before the command", ("--modle", "gru", "run"), r"--modle of `firmament`: "),
    Case("one of another command", ("run", "--top", "3"), r"no option --top of `firmament run`"),
    Case("an unknown command", ("simlar", "A"), r"no command 'simlar' .*did you mean similar\?"),
    Case("a command like no other", ("xyzzy",), r"choose from run, check, stage, compare, "),
    Case("an unknown inner command", ("registry", "histroy"), r"did you mean history\?"),
    Case("a command in capitals", ("RUN",), r"There is no command 'RUN'"),
    Case("no firm", ("similar",), r"needs SYMBOL .*write for instance `firmament similar AAPL`"),
    Case("one firm of two", ("explain", "A"), r"`firmament explain` needs OTHER \(another firm\)"),
    Case("no age", ("clean",), r"needs --older-than .*`firmament clean --older-than 30 --dry-run`"),
    Case("a word too many", ("explain", "A", "B", "C"), r"'C': it takes SYMBOL, OTHER and options"),
    Case("a word for nothing", ("config", "a", "b"), r"'a' and 'b': it takes options alone"),
    Case("no stage", ("stage",), r"`firmament stage` needs STAGE .*ingest, growth"),
    Case("an unknown stage", ("stage", "trian"), r"or report, not 'trian': did you mean train\?"),
    Case("an unknown step", ("daily", "--step", "pubish"), r"did you mean publish\?"),
    Case("a number in words", ("similar", "A", "--top", "abc"), f"--top {NUMBER}'abc'"),
    Case("a broken number", ("similar", "A", "--top", "2.5"), f"--top {NUMBER}'2.5'"),
    Case("no peers", ("similar", "A", "--top", "0"), f"--top {NUMBER}'0'"),
    Case("fewer than none", ("similar", "A", "--top", "-3"), f"--top {NUMBER}'-3'"),
    Case("too many", ("history", "A", "--top", "9" * 30), f"--top {NUMBER}'9+'"),
    Case("none at the bottom", ("similar", "A", "--bottom", "0"), f"--bottom {NUMBER}'0'"),
    Case("no days", ("clean", "--older-than", "0"), f"--older-than {NUMBER}'0'"),
    Case("seeds in words", ("compare", "--seeds", "x"), f"--seeds {NUMBER}'x'"),
    Case("no seeds", ("compare", "--seeds", "0"), f"--seeds {NUMBER}'0'"),
    Case("no jobs", ("compare", "--jobs", "0"), f"--jobs {NUMBER}'0'"),
    Case("no folds", ("compare", "--folds", "0"), f"--folds {NUMBER}'0'"),
    Case("no such port", ("ui", "--port", "99999"), r"--port .*from 1 to 65535, not '99999'"),
    Case("no such month", ("daily", "--date", "2020-13-01"), r"--date takes a day as YYYY-MM-DD"),
    Case("a short day", ("daily", "--date", "2022-7-15"), r"YYYY-MM-DD, not '2022-7-15'"),
    Case("a day in words", ("daily", "--date", "today"), r"YYYY-MM-DD, not 'today'"),
    Case("no such format", ("similar", "A", "--format", "xml"), r"takes table, json or csv, not"),
    Case("a format misspelt", ("run", "--format", "jsn"), r"text or json, .*did you mean json\?"),
    Case("no such model", ("run", "--model", "grru"), r"--model takes .*did you mean gru\?"),
    Case("no such models", ("compare", "--models", "gru,lstn"), r"--models .*did you mean lstm\?"),
    Case("a gap in models", ("compare", "--models", "gru,,lstm"), r"one is missing in 'gru,,lstm'"),
    Case(
        "no run's name", ("similar", "A", "--run", ""), r"--run has no value: give one \(.*\), or"
    ),
    Case("blanks for a run", ("validate", "--run", "  "), r"--run has no value"),
    Case("no source's name", ("run", "--source", ""), r"--source has no value: .*files:PATH"),
    Case("no models' names", ("compare", "--models="), r"--models has no value: .*gru"),
    Case("no measure's name", ("similar", "A", "--measure", ""), r"--measure .*learned, pearson"),
    Case("no size's name", ("similar", "A", "--cap", ""), r"--cap has no value: .*small, mid"),
    Case("no file's name", ("run", "--config", ""), r"--config has no value: .*YAML"),
    Case("a firm without a name", ("similar", ""), r"SYMBOL has no value: give one \(.*\)\."),
    Case("an option for a value", ("run", "--source", "--model", "gru"), r"--source has no value"),
    Case("a value at the end", ("similar", "A", "--top"), r"--top has no value"),
    Case("two configurations", ("config", "--config", "a", "--config", "b"), r"--config .* twice"),
    Case("a value for a flag", ("doctor", "--mend=yes"), r"--mend takes no value"),
)


@table(CASES)
def test_it_is_refused(case: Case, tmp_path: Path) -> None:
    refused(case, fresh(tmp_path))


@pytest.mark.parametrize("words", [[], ["registry"], ["--"], ["registry", "--"]])
def test_no_command_is_answered_with_the_help(tmp_path: Path, words: list[str]) -> None:
    done = Place(tmp_path).run(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Usage: {' '.join(['firmament', *words]).removesuffix(' --')} ")
