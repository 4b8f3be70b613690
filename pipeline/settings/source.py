"""The table of sources: where prices may come from, told without loading what fetches them.

Settings, command line and errors take names and forms from here. A source is a row here and a
module with a function `source(address, ingest, yahoo, cache)` that returns it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SourceKind:
    """One kind of source."""

    name: str
    forms: tuple[str, ...]
    """How one asks for it: its name, or its name and an address behind a colon."""
    module: str
    """The module that opens it."""
    words: str = ""
    """How the forms are told in a sentence, unless as they are."""

    @property
    def addressed(self) -> bool:
        """Whether an address must follow the name, or none may."""
        return ":" in self.forms[0]


_ALL = (
    SourceKind("sample", ("sample",), "pipeline.sources.sample"),
    SourceKind("files", ("files:PATH",), "pipeline.sources.files"),
    SourceKind(
        "yahoo",
        ("yahoo:SYMBOL,…", "yahoo:UNIVERSE"),
        "pipeline.sources.yahoo",
        "yahoo: followed by symbols with commas between them or by the name of a universe",
    ),
)

SOURCES = {kind.name: kind for kind in _ALL}
"""To add a source, write such a module and name it here."""

_forms = [form for kind in _ALL for form in kind.forms]
FORMS = f"{', '.join(_forms[:-1])} or {_forms[-1]}"
"""All forms, as a list in words."""
