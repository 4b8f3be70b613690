"""What a text says that is given for one setting, in `--set` or in the environment."""

from __future__ import annotations

from typing import Any

from pipeline.settings.layer import Path, setting
from pipeline.settings.written import WrittenError, read

_NOTHING = ("", "~", "null", "Null", "NULL")


def given(path: Path, text: str) -> Any:
    """Return what a text says: a list or a mapping where it is written as one, else itself.

    `null` and an empty text are nothing. Texts in quotes lose them. For settings that take a text,
    such as a folder, brackets belong to it.

    Raises
    ------
    WrittenError
        If brackets or quotes are opened and what follows is not YAML.
    """
    text = text.strip()
    field = setting(path)
    textual = field is not None and field.annotation is str
    if text[:1] in ("'", '"'):
        return _unquoted(text)
    if text in _NOTHING:
        return None
    return read(text)[0] if text[0] in "[{" and not textual else text


def _unquoted(text: str) -> str:
    """Return a text without the quotes around it."""
    found = read(text)[0]
    if not isinstance(found, str):
        raise WrittenError("goes on after its quotes: put all of it into them")
    return found
