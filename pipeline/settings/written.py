"""Settings as they are written in YAML: a tree of texts, and the line of each key.

A text stays a text: what 010, off, 1e3 or 2020-01-31 means is decided by the setting that it is
given for, and not by YAML, which takes the ticker ON for a truth value. What may mean one thing or
another is refused: a key that stands twice, a reference to another place, several documents.
"""

from __future__ import annotations

from typing import Any

import yaml

from pipeline.settings.layer import Path

_NULL = "tag:yaml.org,2002:null"
_COMMON = "tag:yaml.org,2002:"
_KINDS = ("bool", "float", "int", "map", "merge", "null", "seq", "str", "timestamp", "value")
"""What YAML takes plain texts, mappings and lists for by itself."""


class WrittenError(ValueError):
    """What is wrong with a text, as the end of a sentence that begins with the text's name."""


def read(text: str) -> tuple[Any, dict[Path, int]]:
    """Read YAML.

    Returns
    -------
    tuple
        Mappings, lists, texts and None, one in another; and path → line of each mapping's key.

    Raises
    ------
    WrittenError
        For what is not YAML, or more than settings need.
    """
    lines: dict[Path, int] = {}
    try:
        node = _Loader(text).get_single_node()
        return (None if node is None else _plain(node, (), lines)), lines
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise WrittenError(f"has a character that no text has at line {line}: mend it") from error
    except yaml.composer.ComposerError as error:
        raise WrittenError(
            f"has a second document from line {_line(error)} on: keep one, without the line ---"
        ) from error
    except yaml.MarkedYAMLError as error:
        line = _line(error)
        if "\t" in "".join(text.splitlines()[line - 1 : line]):
            raise WrittenError(f"has a tab at line {line}: write spaces") from error
        raise WrittenError(f"is not valid YAML at line {line}: mend it") from error
    except RecursionError as error:
        raise WrittenError("is nested too deeply for settings: check what it is") from error


class _Loader(yaml.SafeLoader):
    """Reads YAML without references, so that what is read is no larger than the text."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a node."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            line = event.start_mark.line + 1
            raise WrittenError(
                f"refers to another place by *{event.anchor} at line {line}: write it out"
            )
        return super().compose_node(parent, index)


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    """Return what a node holds; its keys' lines are noted."""
    if node.tag not in {_COMMON + kind for kind in _KINDS}:
        raise WrittenError(f"has the tag {node.tag} at line {_at(node)}: leave it out")
    if isinstance(node, yaml.MappingNode):
        return {
            _key(key, path, lines): _plain(value, (*path, key.value), lines)
            for key, value in node.value
        }
    if isinstance(node, yaml.SequenceNode):
        return [_plain(value, (*path, str(at)), lines) for at, value in enumerate(node.value)]
    return None if node.tag == _NULL else node.value


def _key(node: yaml.Node, path: Path, lines: dict[Path, int]) -> str:
    """Return a key, whose line is noted."""
    line = _at(node)
    if not isinstance(node, yaml.ScalarNode):
        raise WrittenError(f"has a key at line {line} that is no word: mend it")
    place = (*path, node.value)
    if place in lines:
        raise WrittenError(f"has {node.value} twice, {_both(lines[place], line)}: join them")
    lines[place] = line
    return str(node.value)


def _both(first: int, second: int) -> str:
    return f"on line {first}" if first == second else f"on the lines {first} and {second}"


def _at(node: yaml.Node) -> int:
    line: int = node.start_mark.line + 1
    return line


def _line(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 1
