"""Reading a page as a browser does."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br"}


class Reader(HTMLParser):
    """Reads a page as a browser does: open elements, attributes, visible text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.styles: list[str] = []
        self.section = ""
        self.by_section: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "section":
            self.section = str(dict(attrs)["id"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.styles.append(data)
        elif not self.open or self.open[-1] != "script":
            self.text.append(data)
            self.by_section[self.section] = self.by_section.get(self.section, "") + data


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def asks_nothing(reader: Reader) -> None:
    """Require that a page needs no other file."""
    for tag, attrs in reader.tags:
        assert "src" not in attrs and "srcset" not in attrs, tag
        assert str(attrs.get("href", "#"))[:1] == "#" or attrs["href"] == "data:,"
    assert {tag for tag, _ in reader.tags} & {"iframe", "object", "embed", "img", "base"} == set()
    styles = "".join(reader.styles)
    assert "url(" not in styles and "@import" not in styles
