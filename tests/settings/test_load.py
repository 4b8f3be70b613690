"""Layers of the configuration, and what a person reads when one of them is wrong."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from models import CONTROLS, Sizes
from pipeline.errors import ConfigError
from pipeline.settings.explain import explain, flatten
from pipeline.settings.load import load
from pipeline.settings.model import Model
from pipeline.settings.settings import Settings

CONFIGS = Path(__file__).parents[2] / "configs"


def test_controls_are_compared_where_they_are_named() -> None:
    assert not {*load().compare.models} & {*CONTROLS}
    found = load(None, ["compare.models=[linear, gru]", "model.window_days=20"])
    assert (found.compare.models, found.model.window_days) == (("linear", "gru"), 20)


def test_later_layers_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "firmament.yaml"
    file.write_text("train:\n  epochs: 3\n  patience: 1\n  seed: 5\nmodel:\n  units: 8\n")
    monkeypatch.setenv("FIRMAMENT_TRAIN__PATIENCE", "2")
    monkeypatch.setenv("FIRMAMENT_TRAIN__SEED", "6")
    settings = load(file, ["train.seed=7"])
    assert (settings.train.epochs, settings.train.patience, settings.train.seed) == (3, 2, 7)
    assert settings.model.units == 8
    assert settings.train.batch_size == Settings().train.batch_size


def test_null_can_be_given_in_every_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(assignments=["train.global_clipnorm=null"]).train.global_clipnorm is None
    monkeypatch.setenv("FIRMAMENT_TRAIN__GLOBAL_CLIPNORM", "null")
    monkeypatch.setenv("FIRMAMENT_TRAIN__CLIPNORM", "0.5")
    train = load().train
    assert (train.clipnorm, train.global_clipnorm) == (0.5, None)


def test_seq2seq_forecasts_several_days_unless_told_not_to() -> None:
    assert load().window.horizon == 1
    assert load(options={"model": {"name": "seq2seq"}}).window.horizon == 5
    assert load(assignments=["model.name=seq2seq", "window.horizon=1"]).window.horizon == 1


@pytest.mark.parametrize(
    ("models", "assignments", "horizon"),
    [
        (["seq2seq"], [], 5),
        (["seq2seq", "gru"], [], 1),
        (["gru", "lstm"], ["model.name=seq2seq"], 1),
        (["seq2seq"], ["window.horizon=2"], 2),
        (["seq2seq", "gru"], ["window.horizon=5"], 5),
    ],
)
def test_what_is_compared_has_one_horizon(
    models: list[str], assignments: list[str], horizon: int
) -> None:
    settings = load(assignments=assignments, options={"compare": {"models": models}})
    assert settings.compared().window.horizon == horizon


@pytest.mark.parametrize(
    ("assignments", "start"),
    [
        (["compare.models=gru"], "best"),
        (["compare.models=gru,lstm"], "fresh"),
        (["compare.models=gru", "compare.ladder=true"], "fresh"),
        (["compare.models=gru,lstm", "train.start=pretrained"], "pretrained"),
    ],
)
def test_what_is_compared_starts_alike(assignments: list[str], start: str) -> None:
    settings = load(assignments=assignments)
    assert settings.compared().train.start == start
    # What `firmament config` prints, where every key is given, means the same.
    assert Settings(**settings.model_dump()).compared().train.start == start


@pytest.mark.parametrize(("model", "start"), [("gru", "best"), ("lstm", "fresh")])
def test_a_control_starts_as_its_network_can(model: str, start: str) -> None:
    control = load(assignments=[f"model.name={model}"]).beside("linear")
    assert (control.model.name, control.train.start) == ("linear", start)


def test_a_model_has_the_defaults_of_the_networks() -> None:
    # What suits growth is not what suits any sequence: these two are the pipeline's own.
    own = {"units": 64, "dropout": 0.1}
    sizes = {field.name: field.default for field in fields(Sizes)} | own
    defaults = Model()
    for name in Model.model_fields:
        assert name in ("name", "layers") or getattr(defaults, name) == sizes[name]


def test_what_config_prints_can_be_given_back(tmp_path: Path) -> None:
    settings = load(
        assignments=["train.epochs=9", "window.train_end=2019-12-31", "window.valid_end=2020-12-31"]
    )
    file = tmp_path / "printed.yaml"
    file.write_text(explain(settings))
    assert load(file) == settings


def test_every_setting_is_explained() -> None:
    text = explain(Settings())
    settings = len(flatten(Settings()))
    assert sum(line.strip().startswith("#") for line in text.splitlines()) == settings + 1
    assert "None" not in text
    assert yaml.safe_load(text)["train"]["seed"] == 0


@pytest.mark.parametrize(
    ("assignments", "sentence"),
    [
        (["train.epoch=3"], r"train\.epoch in --set is unknown: did you mean train\.epochs\?$"),
        (["sorce=sample"], r"The key sorce in --set is unknown: did you mean source\?$"),
        (["zzz=3"], r"zzz in --set is unknown; choose from source, .*, drift\.$"),
        (
            ["train.epochs=0"],
            r"train\.epochs \(0\) in --set .*: give a whole number from 1 to 10,000\.$",
        ),
        (["train.epochs=many"], r"train\.epochs \('many'\)"),
        (["train=3"], r"train \(3\) in --set"),
        (
            ["model.name=linear", "model.layers=2"],
            r"linear has no recurrent layer, but layers is 2",
        ),
        (["model.layers=3"], r"gru has one recurrent layer, but layers is 3; take stacked"),
        (["model.units=0"], r"model\.units \(0\)"),
        (["model.name=attention", "model.attention_days=0"], r"model\.attention_days \(0\)"),
        (["window.horizon=0"], r"window\.horizon \(0\)"),
        (["model.name=gruu"], r"model\.name \('gruu'\).*: did you mean gru\?$"),
        (["train.clipnorm=1"], r"clipnorm and global_clipnorm exclude each other"),
        (["epochs"], r"not of the form section\.key=value"),
        (["train.epochs=[1"], r"cannot be read"),
        (["ingest.start=2020-02-30"], r"ingest\.start"),
        (["ingest.start=2021-01-01", "ingest.end=2020-01-01"], r"start 2021-01-01 is not before"),
        (["window.train_share=0.9", "window.valid_share=0.2"], r"leave no test days"),
        (["window.train_end=2020-01-01"], r"train_end and valid_end go together"),
        (["evaluate.quantiles=[0.9, 0.1]"], r"rise strictly"),
    ],
)
def test_one_sentence_says_what_is_wrong(assignments: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as caught:
        load(assignments=assignments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("*.yaml")), ids=str)
def test_every_config_that_comes_along_is_valid(file: Path) -> None:
    assert load(file) != Settings()
