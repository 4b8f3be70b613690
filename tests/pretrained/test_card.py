"""A card says to people what a network is, and to programs what they must know."""

from datetime import date
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.pretrained.card import Card

CARD = Card(
    architecture="gru",
    sizes={"units": 64, "spectral_norm": None},
    features=("growth", "absolute_growth"),
    lookback=64,
    horizon=1,
    seen_from=date(1990, 1, 3),
    seen_to=date(2015, 12, 31),
    firms=514,
)
NAME = Path("gru-growth.md")


def test_a_card_reads_back_from_its_head_whatever_its_page_says() -> None:
    written = CARD.written("\n# gru\n\n---\nnot a head: at all\n")
    assert Card.read(written, NAME) == CARD
    assert written.endswith("not a head: at all\n")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# no head\n",
        CARD.written("").replace("seen_to", "seen"),
        CARD.written("").replace("- growth", "- ["),
        CARD.written("").replace("firms: 514\n", ""),
    ],
    ids=["empty", "no head", "another key", "no YAML", "a key less"],
)
def test_a_damaged_card_is_named(text: str) -> None:
    with pytest.raises(StoreError, match=r"The card gru-growth\.md is damaged: install"):
        Card.read(text, NAME)
