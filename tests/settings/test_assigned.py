"""Settings of `--set`, and what a person reads when one of them is wrong."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.errors import ConfigError
from pipeline.settings.explain import flatten
from pipeline.settings.load import load

READ = (
    (["train.epochs=3"], "train.epochs", 3),
    (["train.epochs=3", "train.epochs=4"], "train.epochs", 4),
    (["train={epochs: 3, patience: 1}", "train.epochs=4"], "train.epochs", 4),
    ([" train . epochs = 3 "], "train.epochs", 3),
    (["train.epochs='3'"], "train.epochs", 3),
    (["train.epochs=010"], "train.epochs", 10),
    (["train.learning_rate=1e-3"], "train.learning_rate", 0.001),
    (["train.refit=off"], "train.refit", False),
    (["train.clipnorm="], "train.clipnorm", None),
    (["ingest.start=2020-01-31"], "ingest.start", date(2020, 1, 31)),
    (["ingest.start=null"], "ingest.start", None),
    (["window.features=growth"], "window.features", ("growth",)),
    (["window.features=raw"], "window.features", ("raw",)),
    (["window.features=growth,volume"], "window.features", ("growth", "volume")),
    (["yahoo.universes={chips: [ON, NO, Y]}"], "yahoo.universes", {"chips": ["ON", "NO", "Y"]}),
    (["source=files:/a: b #c"], "source", "files:/a: b #c"),
    (["source='sample'"], "source", "sample"),
    (["growth.days_per_year=252", "ingest.calendar=24/7"], "growth.days_per_year", 252),
)

REFUSED = (
    ("train", r"^--set 'train' is not of the form section\.key=value"),
    ("=3", r"^--set '=3' is not of the form"),
    ("train..epochs=3", r"^--set 'train\.\.epochs=3' is not of the form"),
    (".epochs=3", r"is not of the form"),
    ("train.epochs=", r"train\.epochs \(nothing\) in --set .* whole number from 1 to 10,000"),
    ("train.epochs.x=3", r"train\.epochs \(\{x: 3\}\) in --set"),
    ("train.epochs=3.5", r"train\.epochs \(3\.5\) in --set"),
    ("train.epochs=true", r"train\.epochs \('true'\) in --set"),
    ("train.epochs=[3]", r"train\.epochs \(\[3\]\) in --set"),
    ("train.epochs=3\nx", r"train\.epochs \('3\\nx'\) in --set"),
    ("train.epochs=٣", r"train\.epochs \('٣'\) in --set"),
    ("train.seed=99999999999999999999", r"whole number from 0 to 2,147,483,647\.$"),
    ("train.learning_rate=.nan", r"a number above 0 and no more than 1\.$"),
    ("growth.risk_free=-inf", r"a number from -1 to 1\.$"),
    ("model.layers=0", r"a whole number from 1 to 16, or null\.$"),
    ("train={epochs: 3", r"cannot be read, since it is not valid YAML"),
    ("train.epochs=[*a]", r"refers to another place by \*a"),
    ("source='a", r"cannot be read, since it is not valid YAML"),
    ("source='a': b", r"since it goes on after its quotes"),
    (
        "train=3",
        r"train \(3\) in --set is not valid: it is a section, so set its keys, as tr",
    ),
    ("train=", r"train \(nothing\) .* it is a section"),
    ("Train.Epochs=3", r"Train in --set is unknown: did you mean train\?$"),
    ("train.epochs\x07=3", r"train\.'epochs\\x07' in --set is unknown"),
    ("source=null", r"source \(nothing\) in --set is not valid: give a text"),
    ("ingest.start=2020", r"ingest\.start \(2020\) in --set .* give a date as 2020-01-31\.$"),
    ("ingest.start=0", r"ingest\.start \(0\) in --set .* give a date"),
    ("ingest.start=20200131", r"give a date as 2020-01-31"),
    ("ingest.start=2020-01-31T10:00", r"give a date as 2020-01-31"),
    ("ingest.start=2020-02-30", r"there is no such day"),
    ("ingest.calendar=xnys", r"'xnys' is not an exchange calendar; did you mean XNYS\?$"),
    ("ingest.calendar=nowhere", r"is not an exchange calendar; use an ISO 10383 code"),
    ("window.features=[]", r"give a list of names in brackets, as \[all\]"),
    ("window.features=[growht]", r"there is no feature 'growht'; did you mean growth\?$"),
    ("window.features=rwa", r"there is no feature 'rwa'; did you mean raw\?$"),
    ("window.features=raw,raw", r"it names raw twice; name each once"),
    ("window.features=zzzz", r"no feature 'zzzz'; docs/evaluation\.md lists them\.$"),
    ("window.features=growth,growth", r"it names growth twice; name each once"),
    ("window.features={growth: 1}", r"give a list of names in brackets"),
    ("evaluate.quantiles=[]", r"a list of numbers in brackets"),
    ("evaluate.quantiles=a,b", r"\('a'\) in --set .* a list of numbers in brackets, as \[0\.05, 0"),
    ("compare.models=[gru, gruu]", r"compare\.models \('gruu'\) in --set .*did you mean gru\?$"),
    ("daily.models=[]", r"daily\.models .* in brackets, as \[elman, jordan\]\.$"),
    ("yahoo.universes=[a]", r"give names with a list each, as \{banks: \[BAC, C, JPM\]\}\.$"),
)


@pytest.mark.parametrize(("assignments", "key", "value"), READ, ids=lambda given: str(given)[:50])
def test_what_is_set_is_read(assignments: list[str], key: str, value: object) -> None:
    assert flatten(load(assignments=assignments))[key] == value


@pytest.mark.parametrize(("assignment", "sentence"), REFUSED, ids=lambda given: repr(given)[:50])
def test_what_cannot_be_set_is_said(assignment: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence) as caught:
        load(assignments=[assignment])
    assert "\n" not in str(caught.value)
