"""What a question may give, with its bounds; each is told in the description of the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

MOST_FIRMS, MOST_PEERS, LONGEST = 50, 1000, 64
"""Firms of a basket, peers of an answer, characters of a word."""


Symbols = Annotated[
    list[Annotated[str, Query(min_length=1, max_length=LONGEST)]],
    Query(
        min_length=1,
        max_length=MOST_FIRMS,
        description="The firm asked about, or the firms of a basket.",
        examples=[["NVDA"], ["XOM", "CVX"]],
    ),
]
Some = Annotated[
    list[Annotated[str, Query(min_length=1, max_length=LONGEST)]] | None,
    Query(max_length=MOST_FIRMS, description="Firms; all by default."),
]
Beside = Annotated[
    list[Annotated[str, Query(min_length=1, max_length=LONGEST)]] | None,
    Query(max_length=MOST_FIRMS, description="Measures whose ranks stand beside; none by default."),
]
Symbol = Annotated[
    str,
    Query(min_length=1, max_length=LONGEST, description="A firm.", examples=["NVDA"]),
]
Top = Annotated[int, Query(ge=1, le=MOST_PEERS, description="How many peers.")]
Start = Annotated[
    str | None,
    Query(
        max_length=LONGEST,
        description="First day to compare on: a day, a month or a year.",
        examples=["2020-01-01", "2020"],
    ),
]
End = Annotated[
    str | None,
    Query(max_length=LONGEST, description="Last day to compare on.", examples=["2020-12"]),
]
Name = Annotated[str | None, Query(max_length=LONGEST, description="A sector's name or beginning.")]
Cap = Annotated[str | None, Query(max_length=LONGEST, description="small, mid or large.")]
Measure = Annotated[str, Query(max_length=LONGEST, description="What to rank by.")]
Text = Annotated[
    str,
    Query(max_length=LONGEST, description="What a symbol, a name or a sector begins with."),
]
Limit = Annotated[int, Query(ge=1, le=MOST_PEERS, description="Firms at most.")]
Draws = Annotated[int, Query(ge=0, le=100, description="Draws of days for the tree.")]
Points = Annotated[
    int | None,
    Query(ge=1, le=10_000, description="Changes at most: so many days are added up into each."),
]
Last = Annotated[int | None, Query(ge=1, le=10_000, description="The last days alone.")]
