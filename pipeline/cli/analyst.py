"""Commands of an analyst: which firms are alike, why, since when, and whether to believe it."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.answers import as_records, origin_of
from pipeline.cli.groups import Asked, Span, command
from pipeline.cli.options import As, Format, PairFormat
from pipeline.cores import one_thread
from pipeline.errors import InputError
from pipeline.terminal import output

if TYPE_CHECKING:
    from pipeline.similarity.asking.peers import Peers

TOP, MOST = 10, 100_000
Plot = Annotated[Path | None, typer.Option(help="Draw it: FILE.png, .svg, .pdf or .html.")]
app = typer.Typer()


@command(
    app,
    "firmament similar AAPL",
    "firmament similar AAPL MSFT --sector info --cap large",
    "firmament similar AAPL --source files:prices.csv",
)
def similar(
    symbols: Annotated[
        list[str], typer.Argument(metavar="SYMBOL", help="The firm asked about, or a basket.")
    ],
    *,
    top: Annotated[
        int | None,
        typer.Option(min=1, max=MOST, help=f"How many peers; {TOP} by default."),
    ] = None,
    bottom: Annotated[
        int | None, typer.Option(min=1, max=MOST, help="So many of the least similar.")
    ] = None,
    span: Span,
    sector: Annotated[str | None, typer.Option(help="Firms of this sector alone.")] = None,
    exclude_sector: Annotated[str | None, typer.Option(help="No firm of this sector.")] = None,
    cap: Annotated[
        str | None, typer.Option(help="small, mid or large firms alone (below 2, 10 billion).")
    ] = None,
    measure: Annotated[str, typer.Option(help="What to rank by: {measures}.")] = "learned",
    source: Annotated[
        str | None,
        typer.Option(
            help="Compare the firms of these prices with no run: "
            "files:PATH, yahoo:SYMBOLS or sample."
        ),
    ] = None,
    plot: Plot = None,
    format: As = Format.table,  # noqa: A002
    asked: Asked,
) -> None:
    """List the firms that move most like one, or like a basket of several."""
    if top is not None and bottom is not None:
        raise InputError("--top and --bottom ask for opposite ends of the list: give one of them.")
    if plot is not None:
        from pipeline.similarity.asking.drawing import check

        check(plot)
    peers = _peers(asked) if source is None else _zero_shot(asked, source)
    names = list(dict.fromkeys(map(peers.named, symbols)))
    found = peers.similar(
        names,
        TOP if top is None else top,
        span.start,
        span.end,
        bottom=bottom,
        sector=sector,
        exclude_sector=exclude_sector,
        cap=cap,
        measure=measure,
        beside=peers.beside if format is Format.table else None,
    )
    if plot is not None:
        from pipeline.similarity.asking.bars import draw

        draw(found, peers.title(names, span.start, span.end, least=bottom is not None), plot)
    if format is Format.json:
        from pipeline.similarity.asking import answers

        told = answers.similar(peers, names, found, span.start, span.end, measure)
        output.print_json(told)
    elif format is Format.csv:
        output.print_rows(found, format)
    else:
        from pipeline.terminal.similarity import peers_table

        first, last = map(str, peers.span(span.start, span.end))
        least, days = bottom is not None, peers.days(names, span.start, span.end)
        peers_table(names, (first, last), found, measure, least, days, record=peers.record)
        if plot is not None:
            print(f"Plot: {plot}")
        if peers.published:
            print(f"As published for {peers.published}; --run latest asks the latest run.")


@command(
    app,
    "firmament explain AAPL MSFT",
    "firmament explain AAPL MSFT --from 2020-01-01 --plot pair.png",
)
def explain(
    one: Annotated[str, typer.Argument(metavar="SYMBOL", help="A firm.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Another firm.")],
    *,
    span: Span,
    plot: Plot = None,
    format: Annotated[  # noqa: A002
        PairFormat, typer.Option(help="What is printed.")
    ] = PairFormat.table,
    asked: Asked,
) -> None:
    """Say why two firms are, or are not, similar."""
    if plot is not None:
        from pipeline.similarity.asking.drawing import check

        check(plot)
    peers = _peers(asked)
    found = peers.explain(one, other, span.start, span.end)
    if plot is not None:
        from pipeline.similarity.asking.plot import draw

        draw(found, plot)
    if format is PairFormat.json:
        from pipeline.similarity.asking import answers

        drawn = {"plot": None if plot is None else str(plot)}
        output.print_json(answers.explained(peers, found) | drawn)
    else:
        from pipeline.terminal.similarity import explained_table

        explained_table(found, plot, record=peers.record)


@command(
    app,
    "firmament history AAPL",
    "firmament history AAPL --top 3 --format csv",
)
def history(
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL", help="The firm asked about.")],
    *,
    top: Annotated[int, typer.Option(min=1, max=MOST, help="How many peers a year.")] = 5,
    span: Span,
    format: As = Format.table,  # noqa: A002
    asked: Asked,
) -> None:
    """List a firm's nearest peers year by year, and who is new among them."""
    peers = _peers(asked)
    found = peers.history(symbol, top, span.start, span.end)
    if format is Format.json:
        from pipeline.similarity.asking import answers

        output.print_json(answers.history(peers, symbol, found, span.start, span.end))
    elif format is Format.csv:
        output.print_rows(found, format)
    else:
        from pipeline.terminal.similarity import history_table

        history_table(peers.named(symbol), found, record=peers.record)


@command(
    app,
    "firmament validate",
    "firmament validate --full",
    "firmament validate --origins",
)
def validate(
    *,
    origins: Annotated[
        bool, typer.Option("--origins", help="Train anew at several days of the past, and judge.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Every sentence, measure and portfolio in the table.")
    ] = False,
    format: As = Format.table,  # noqa: A002
    asked: Asked,
) -> None:
    """Print what a run found out about its similarities, beside the classical ones."""
    if origins and full:
        raise InputError("--origins prints all that it finds, and --full a run's study: give one.")
    if origins:
        _rolled(asked, format)
        return
    run = asked.run()
    record, studied = run.record, run.studied
    if format is Format.json:
        tables = ("figures", "differences", "associations", "portfolios")
        found = {name: as_records(getattr(studied, name)) for name in tables}
        output.print_json({**origin_of(record), **studied.summary, **found})
    elif format is Format.csv:
        output.print_rows(studied.figures, format)
    else:
        from pipeline.terminal.study import studied_table

        studied_table(record, studied, full=full)


def _rolled(asked: Asked, format: Format) -> None:  # noqa: A002
    """Judge similarity at rolling origins, and print what was found."""
    from models.backend import import_keras
    from pipeline.similarity.study.rolling import places, roll
    from pipeline.similarity.study.study import thinned
    from pipeline.terminal.screen import open_watch

    settings, peers = asked.settings(), _peers(asked)
    growth, section = peers.growth(), settings.study
    some = thinned(growth.shape[1], section.firms)
    at = places(len(growth), section.origins)
    import_keras()
    with open_watch(settings) as watch:
        found = roll(
            growth.iloc[:, some],
            peers.firms.iloc[some],
            at.tolist(),
            settings.embed.components,
            settings.embed.seeds,
            draws=section.draws,
            watch=watch,
        )
    if format is Format.json:
        tables = {name: as_records(getattr(found, name)) for name in ("figures", "differences")}
        output.print_json({**origin_of(peers.record), "origins": found.origins, **tables})
    elif format is Format.csv:
        output.print_rows(found.figures, format)
    else:
        from pipeline.terminal.study import rolled_table

        rolled_table(peers.record, found)


def _peers(asked: Asked) -> Peers:
    """Open a run's similarities."""
    gc.disable()  # saves a tenth of a second of imports; so short a command frees all at its end
    one_thread()
    return asked.run().peers()


def _zero_shot(asked: Asked, source: str) -> Peers:
    """Compare the firms of a source."""
    if asked.run_id is not None:
        raise InputError("--run asks a run, and --source its prices: give one of them.")
    settings = asked.settings(source)
    from pipeline.run.zero_shot import peers
    from pipeline.stages import PLAN
    from pipeline.terminal.screen import open_watch

    with open_watch(settings) as watch:
        return peers(PLAN, settings, watch)
