"""Which symbols are asked for."""

from __future__ import annotations

import hashlib

from pipeline.errors import ConfigError
from pipeline.settings.yahoo import Yahoo


def chosen_symbols(asked: str, yahoo: Yahoo) -> list[str]:
    """Return the symbols of a universe or of a list, each once and in its order.

    Raises
    ------
    ConfigError
        If there are none, or a name in small letters is no universe.
    """
    if asked in yahoo.universes:
        listed = yahoo.universes[asked]
    else:
        listed = asked.split(",")
        if len(listed) == 1 and asked != asked.upper():
            raise ConfigError(
                f"There is no universe '{asked}' in yahoo.universes, only "
                f"{', '.join(sorted(yahoo.universes)) or 'none'}: add it, or give symbols in "
                "capitals with commas between them."
            )
    symbols = list(dict.fromkeys(s.strip().upper() for s in listed if s.strip()))
    if not symbols:
        raise ConfigError(f"yahoo:{asked} names no symbols: write yahoo:AAPL,MSFT for example.")
    return symbols


def label(asked: str, symbols: list[str], yahoo: Yahoo) -> str:
    """Name the symbols shortly: by their universe, one by one, or by their number and a digest."""
    if asked in yahoo.universes:
        return asked
    if len(symbols) <= 4:
        return ",".join(symbols)
    mark = hashlib.sha256(",".join(sorted(symbols)).encode()).hexdigest()[:6]
    return f"{len(symbols)}-symbols-{mark}"
