"""Settings of the environment, and what a person reads when a variable is wrong."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pipeline.errors import ConfigError
from pipeline.settings.explain import flatten
from pipeline.settings.load import load

READ = (
    ({"FIRMAMENT_TRAIN__EPOCHS": "3"}, {"train.epochs": 3}),
    ({"FIRMAMENT_TRAIN__EPOCHS": " 3 "}, {"train.epochs": 3}),
    ({"firmament_train__epochs": "3"}, {"train.epochs": 3}),
    ({"FIRMAMENT_TRAIN": '{"epochs": 3, "patience": 1}'}, {"train.epochs": 3, "train.patience": 1}),
    ({"FIRMAMENT_TRAIN": "{epochs: 3}", "FIRMAMENT_TRAIN__EPOCHS": "4"}, {"train.epochs": 4}),
    ({"FIRMAMENT_WINDOW__FEATURES": "growth"}, {"window.features": ("growth",)}),
    ({"FIRMAMENT_WINDOW__FEATURES": "growth, volume"}, {"window.features": ("growth", "volume")}),
    ({"FIRMAMENT_WINDOW__FEATURES": '["growth"]'}, {"window.features": ("growth",)}),
    ({"FIRMAMENT_EVALUATE__QUANTILES": "0.1,0.9"}, {"evaluate.quantiles": (0.1, 0.9)}),
    ({"FIRMAMENT_TRAIN__GLOBAL_CLIPNORM": ""}, {"train.global_clipnorm": None}),
    ({"FIRMAMENT_INGEST__QUALITY__MIN_DAYS": "20"}, {"ingest.quality.min_days": 20}),
    (
        {"FIRMAMENT_YAHOO__UNIVERSES__CHIPS": "ON,TSM"},
        {"yahoo.universes": {"chips": ["ON", "TSM"]}},
    ),
    ({"FIRMAMENT_DATA_ROOT": "[a]: b #c"}, {"data_root": "[a]: b #c"}),
    ({"FIRMAMENT_SOURCE": '"files:a"'}, {"source": "files:a"}),
    ({"FIRMAMENTAL": "3"}, {}),
)

REFUSED = (
    (
        {"FIRMAMENT_TRAIN_EPOCHS": "3"},
        r"FIRMAMENT_TRAIN_EPOCHS names no setting: write FIRMAMENT_TRAIN__EPOCHS, with two",
    ),
    ({"FIRMAMENT__TRAIN__EPOCHS": "3"}, r"write FIRMAMENT_TRAIN__EPOCHS"),
    ({"FIRMAMENT_INGEST_QUALITY_MIN_DAYS": "3"}, r"write FIRMAMENT_INGEST__QUALITY__MIN_DAYS"),
    ({"FIRMAMENT_TRIAN__EPOCHS": "3"}, r"_TRIAN__EPOCHS .*did you mean FIRMAMENT_TRAIN__EPOCHS\?$"),
    ({"FIRMAMENT_TRAIN__EPOCHZ": "3"}, r"_EPOCHZ .*did you mean FIRMAMENT_TRAIN__EPOCHS\?$"),
    ({"firmament_dataroot": "x"}, r"firmament_dataroot .*did you mean FIRMAMENT_DATA_ROOT\?$"),
    ({"FIRMAMENT_TRAIN__EPOCHS__X": "3"}, r"FIRMAMENT_TRAIN__EPOCHS__X names no setting"),
    ({"FIRMAMENT_": "3"}, r"FIRMAMENT_ names no setting; `firmament config` lists all"),
    ({"FIRMAMENT_ZZZ": "3"}, r"FIRMAMENT_ZZZ names no setting; `firmament config` lists all"),
    ({"FIRMAMENT_TRAIN__EPOCHS": "abc"}, r"'abc'\) in the environment variable FIRMAMENT_TRAIN__E"),
    ({"FIRMAMENT_TRAIN__EPOCHS": ""}, r"\(nothing\) in .*FIRMAMENT_TRAIN__EPOCHS .* give a whole"),
    ({"FIRMAMENT_SOURCE": ""}, r"source \(nothing\) in .*FIRMAMENT_SOURCE is not valid: give a te"),
    (
        {"FIRMAMENT_TRAIN": "5"},
        r"train \(5\) in .*FIRMAMENT_TRAIN is .* a section, .* train\.epochs",
    ),
    ({"FIRMAMENT_TRAIN": ""}, r"train \(nothing\) in .*FIRMAMENT_TRAIN .* is a section"),
    ({"FIRMAMENT_TRAIN": "{bad json"}, r"variable FIRMAMENT_TRAIN is not valid YAML at line 1: m"),
    ({"FIRMAMENT_TRAIN": "{epochz: 3}"}, r"train\.epochz in .*FIRMAMENT_TRAIN is unknown: did you"),
    ({"FIRMAMENT_TRAIN": "{epochs: 3, epochs: 4}"}, r"FIRMAMENT_TRAIN has epochs twice, on line 1"),
    (
        {"FIRMAMENT_TRAIN__EPOCHS": "3", "firmament_train__epochs": "4"},
        r"are one setting: unset one",
    ),
    ({"FIRMAMENT_WINDOW__FEATURES": "growht"}, r"'growht'; did you mean growth\?$"),
    ({"FIRMAMENT_COMPARE__MODELS": "gru,lstmm"}, r"\('lstmm'\) in .*: did you mean lstm\?$"),
    ({"FIRMAMENT_MODEL__NAME": "GRU"}, r"\('GRU'\) in .*: did you mean gru\?$"),
    ({"FIRMAMENT_LOG": "off"}, r"log \('off'\) in .*: give text or json\.$"),
    ({"FIRMAMENT_TRAIN__REFIT": "maybe"}, r"\('maybe'\) in .*: give true or false\.$"),
    ({"FIRMAMENT_TRAIN__LEARNING_RATE": "nan"}, r": give a number above 0 and no more than 1\.$"),
    (
        {"FIRMAMENT_INGEST__START": "2020"},
        r"ingest\.start \(2020\) in .*: give a date as 2020-01-31",
    ),
    ({"FIRMAMENT_INGEST__START": "2020-02-30"}, r"there is no such day\.$"),
    ({"FIRMAMENT_SOURCE": "\udcff"}, r"source \('\\udcff'\) in .*FIRMAMENT_SOURCE"),
    ({"FIRMAMENT_TRAIN__SEED": "9" * 5000}, r"\(9+…\) in .*: give a whole number from 0 to 2,147"),
)


@pytest.mark.parametrize(("variables", "expected"), READ, ids=str)
def test_variables_are_read(
    variables: Mapping[str, str], expected: Mapping[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    found = flatten(load())
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(("variables", "sentence"), REFUSED, ids=lambda given: str(given)[:60])
def test_a_wrong_variable_is_named(
    variables: Mapping[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=sentence) as caught:
        load()
    assert "\n" not in str(caught.value)
