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


@dataclass(frozen=True)
class Drawn:
    """A figure as HTML, and its height in pixels."""

    html: Markup
    height: int
    caption: str
    square: bool
    """Whether it is as high as it is wide, rather than of that height."""


class Plots:
    """The figures of a page by section: a call of `add` is all that a new one needs."""

    def __init__(self) -> None:
        self.drawn: dict[str, list[Drawn]] = {}

    def add(
        self, section: str, name: str, figure: go.Figure, caption: str, square: bool = False
    ) -> None:
        """Draw a figure after those that a section has; the figure is changed in place."""
        height = int(figure.layout.height)
        plot = Drawn(_html(name, figure), height, caption, square)
        self.drawn.setdefault(section, []).append(plot)


def sheet(template: str, plots: Plots, content: Mapping[str, Any]) -> str:
    """Fill a template, so that the page needs no other file.

    Parameters
    ----------
    template : str
        File beside this one that extends `base.html.jinja`.
    plots : Plots
        Shown where the template has those of their section, in the order in which they came.
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
    drawn = {section: plots.drawn.get(section, []) for section in content["sections"]}
    page = templates.get_template(template)
    return page.render(drawn=drawn, plotly=Markup(get_plotlyjs()), **content)


def _html(name: str, figure: go.Figure) -> Markup:
    """Turn a figure into HTML with a fixed name, so that the page is the same every time."""
    figure.update_layout(height=None)
    html = to_html(
        figure,
        full_html=False,
        include_plotlyjs=False,
        div_id=f"figure-{name.replace('_', '-')}",
        config={"responsive": True, "displayModeBar": False, "displaylogo": False},
    )
    return Markup(html)
