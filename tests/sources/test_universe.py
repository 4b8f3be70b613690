"""Which symbols are asked for."""

import pytest

from pipeline.errors import ConfigError
from pipeline.settings.yahoo import Yahoo
from pipeline.sources.universe import chosen_symbols


def test_symbols_of_lists_and_universes():
    section = Yahoo(universes={"duo": ["A", "B"]})
    assert chosen_symbols("duo", section) == ["A", "B"]
    assert chosen_symbols(" aapl, MSFT,AAPL ", section) == ["AAPL", "MSFT"]
    with pytest.raises(ConfigError, match=r"no universe 'trio' in yahoo\.universes, only duo"):
        chosen_symbols("trio", section)
    with pytest.raises(ConfigError, match="names no symbols"):
        chosen_symbols(",", section)
