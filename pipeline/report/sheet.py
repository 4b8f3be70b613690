"""A self-contained HTML page: a template, its figures, and plotly's own script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.io import to_html
from plotly.offline import get_plotlyjs

Figures = dict[str, go.Figure]


@dataclass(frozen=True)
class Drawn:
    """A figure as HTML, and its height in pixels."""

    html: Markup
    height: int


def sheet(template: str, figures: Figures, content: Mapping[str, Any]) -> str:
    """Fill a template, so that the page needs no other file.

    Parameters
    ----------
    template : str
        File beside this one that extends `base.html.jinja`.
    figures : dict of str to plotly Figure
        By the name that the template has for them; changed in place.
    content : mapping
        All else that the template names: `title`, `headline` (sentences), `facts` (label to
        value), `sections` (id to label) and what the sections show.

    Returns
    -------
    str
        The page. The same inputs give the same page, byte by byte.
    """
    # Names of firms and reasons come from users' files: everything is escaped.
    templates = Environment(
        loader=PackageLoader("pipeline.report", "."), autoescape=True, undefined=StrictUndefined
    )
    drawn = {name: _draw(name, figure) for name, figure in figures.items()}
    page = templates.get_template(template)
    return page.render(figures=drawn, plotly=Markup(get_plotlyjs()), **content)


def _draw(name: str, figure: go.Figure) -> Drawn:
    """Turn a figure into HTML with a fixed name, so that the page is the same every time."""
    height = int(figure.layout.height)
    figure.update_layout(height=None)
    html = to_html(
        figure,
        full_html=False,
        include_plotlyjs=False,
        div_id=f"figure-{name.replace('_', '-')}",
        config={"responsive": True, "displayModeBar": False, "displaylogo": False},
    )
    return Drawn(Markup(html), height)
