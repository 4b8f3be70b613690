"""What comes with firmament is whole, small, and found by what it sees."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path

import pytest

import models
from models.catalogue import PRETRAINED
from pipeline.errors import StoreError
from pipeline.features.features import SETS
from pipeline.pretrained import pretrained
from pipeline.pretrained.digests import DIGESTS
from pipeline.pretrained.pretrained import DEFAULT, INPUTS, files, load, shipped
from pipeline.settings.model import Model
from pipeline.settings.window import Window

NAMES = [f"{architecture}-{inputs}" for inputs, architecture in product(INPUTS, PRETRAINED)]


def test_every_network_comes_with_its_card_and_is_listed() -> None:
    assert set(DIGESTS) == set(NAMES)
    assert DEFAULT in PRETRAINED
    there = {path.name for path in pretrained.FOLDER.iterdir()}
    assert there == {path.name for name in NAMES for path in files(name)}
    # With which firmament stays light; the controls come on top.
    assert sum(files(f"{DEFAULT}-{inputs}")[0].stat().st_size for inputs in INPUTS) < 300_000
    assert sum(path.stat().st_size for name in NAMES for path in files(name)) < 600_000


@pytest.mark.parametrize("name", NAMES)
def test_a_card_tells_of_its_network(name: str) -> None:
    found = load(name)
    card, network = found.card, models.from_bytes(found.network)
    assert name == f"{card.architecture}-{INPUTS[card.features != SETS['all'].always]}"
    assert network.name == card.architecture
    assert network.input_shape[-1] == len(card.features) + 1
    assert network.output_shape[-2] == card.horizon
    model = Model(name=card.architecture).model_copy(update=dict(card.sizes))
    again = models.build(**model.model_dump(), features=len(card.features) + 1)
    assert again.count_params() == network.count_params()
    assert card.lookback == Window().lookback
    assert card.seen_from < date(2008, 1, 2) or name.endswith(INPUTS[1])
    assert card.seen_to == date(2015, 12, 31)
    # Nothing that is asked for by default starts fresh for its sizes.
    assert dict(card.sizes) == {size: getattr(Model(), size) for size in card.sizes}


def test_a_network_is_found_by_architecture_and_inputs_in_order() -> None:
    always, traded = SETS["all"].always, SETS["all"].traded
    assert shipped("gru", always).name == "gru-growth"  # type: ignore[union-attr]
    assert shipped("linear", (*always, *traded)).name == "linear-traded"  # type: ignore[union-attr]
    assert shipped("gru", always[::-1]) is None
    assert shipped("gru", SETS["raw"].always) is None
    assert shipped("lstm", always) is None


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("harm", ["gone", "cut", "changed"])
def test_what_is_not_what_came_is_refused(
    part: int, harm: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "linear-growth"
    for path in files(name):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(pretrained, "FOLDER", tmp_path)
    assert load(name).name == name
    place = files(name)[part]
    content = place.read_bytes()
    if harm == "gone":
        place.unlink()
    else:
        place.write_bytes(content[:-9] if harm == "cut" else content[:-9] + b"x" + content[-8:])
    with pytest.raises(StoreError, match=r"The pretrained network linear-growth in .*: install"):
        load(name)
