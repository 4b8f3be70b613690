"""What a notebook shows of a result."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd


def page_html(title: str, told: Mapping[str, Any], table: pd.DataFrame, page: Path) -> str:
    """Return a title, facts, a table and the place of a page as HTML.

    Parameters
    ----------
    title
        In bold.
    told
        Facts beside it; those that are None are left out.
    table
        Numbers, with four digits.
    page
        Of all the rest.
    """
    facts = " · ".join(escape(str(fact)) for fact in told.values() if fact is not None)
    place = page.absolute()
    return (
        f"<p><b>{escape(title)}</b> {facts}</p>"
        f"{table.to_html(float_format='{:.4g}'.format, na_rep='–')}"
        f'<p>Report: <a href="{escape(place.as_uri())}">{escape(str(place))}</a></p>'
    )
