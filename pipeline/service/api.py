"""The questions that are answered over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response

from pipeline.answers import Unit, as_records, origin_of
from pipeline.forecaster.told import wanted
from pipeline.service import examples, given
from pipeline.service.edition import Edition, Editions
from pipeline.service.told import CSV, told
from pipeline.similarity.asking import answers
from pipeline.similarity.asking.changes import changes
from pipeline.similarity.asking.course import course
from pipeline.similarity.asking.facts import facts
from pipeline.similarity.asking.learned import LEARNED
from pipeline.similarity.asking.plane import pairs, plane
from pipeline.similarity.asking.search import search

DRAWS = 20


def routes(editions: Editions) -> APIRouter:
    """Return the routes of the API.

    Parameters
    ----------
    editions : Editions
        What answers, where a request does not bring its edition.
    """
    router = APIRouter(prefix="/api")

    def edition(request: Request) -> Edition:
        found: Edition | None = getattr(request.state, "edition", None)
        return found or editions.current()

    def route(path: str, example: Any, *, table: bool = True) -> Callable[[Any], Any]:
        """Declare a question, with an example of its answer; a table is told as CSV, too."""
        kinds: dict[str, Any] = {"application/json": {"example": example}}
        if table:
            kinds["text/csv"] = {"schema": {"type": "string"}}

        def declare(function: Any) -> Any:
            answered = {200: {"content": kinds}, **examples.PROBLEMS}
            router.get(path, response_class=Response, responses=answered)(function)
            if table:
                router.get(path + CSV, include_in_schema=False)(function)
            return function

        return declare

    @route("/firms", examples.FIRMS)
    def firms(request: Request, query: given.Text = "", limit: given.Limit = 10) -> Response:
        """Find firms by symbol, name, sector or industry, also where it is written nearly so."""
        columns = ["symbol", "name", "sector", "industry", "market_cap", "match"]
        found = search(edition(request).peers.firms, query, limit)[columns]
        return told(request, {"query": query, "firms": as_records(found)}, found)

    @route("/firms/{symbol}", examples.FIRM, table=False)
    def firm(
        request: Request, symbol: str, start: given.Start = None, end: given.End = None
    ) -> Response:
        """Tell who a firm is, how much it moves, and on how many days it was compared."""
        return told(request, facts(edition(request).peers, symbol, start, end))

    @route("/similar", examples.SIMILAR)
    def similar(
        request: Request,
        symbol: given.Symbols,
        top: given.Top = 10,
        start: given.Start = None,
        end: given.End = None,
        sector: given.Name = None,
        exclude_sector: given.Name = None,
        cap: given.Cap = None,
        measure: given.Measure = LEARNED,
        beside: given.Beside = None,
    ) -> Response:
        """List the firms that move most like one, or like a basket of several."""
        peers = edition(request).peers
        names = list(dict.fromkeys(map(peers.named, symbol)))
        found = peers.similar(
            names,
            top,
            start,
            end,
            sector=sector,
            exclude_sector=exclude_sector,
            cap=cap,
            measure=measure,
            beside=beside or [],
        )
        return told(request, answers.similar(peers, names, found, start, end, measure), found)

    @route("/explain", examples.EXPLAIN, table=False)
    def explain(
        request: Request,
        one: given.Symbol,
        other: given.Symbol,
        start: given.Start = None,
        end: given.End = None,
    ) -> Response:
        """Say why two firms are, or are not, similar."""
        peers = edition(request).peers
        return told(request, answers.explained(peers, peers.explain(one, other, start, end)))

    @route("/history", examples.HISTORY)
    def history(
        request: Request,
        symbol: given.Symbol,
        top: given.Top = 5,
        start: given.Start = None,
        end: given.End = None,
    ) -> Response:
        """List a firm's nearest peers year by year, and who is new among them."""
        peers = edition(request).peers
        found = peers.history(symbol, top, start, end)
        return told(request, answers.history(peers, symbol, found, start, end), found)

    @route("/course", examples.COURSE)
    def over_time(
        request: Request,
        symbol: given.Symbol,
        other: given.Symbols,
        start: given.Start = None,
        end: given.End = None,
    ) -> Response:
        """Score a firm with others over windows of a year, one after another."""
        peers = edition(request).peers
        found = course(peers, symbol, other, start, end)
        written = found.assign(date=found["date"].astype(str))
        return told(request, {"firm": peers.named(symbol), "windows": as_records(written)}, found)

    @route("/growth", examples.GROWTH, table=False)
    def grew(
        request: Request,
        symbol: given.Symbols,
        start: given.Start = None,
        end: given.End = None,
        last: given.Last = None,
        points: given.Points = None,
    ) -> Response:
        """Tell daily log returns of firms in percent."""
        asked = edition(request)
        risk_free = asked.growth["risk_free"]
        return told(request, changes(asked.peers, symbol, start, end, last, points, risk_free))

    @route("/matrix", examples.MATRIX, table=False)
    def all_pairs(request: Request, start: given.Start = None, end: given.End = None) -> Response:
        """Give the scores of all pairs in percent, firms in the order of their clusters."""
        return told(request, pairs(edition(request).peers, start, end))

    @route("/forecasts", examples.FORECASTS)
    def forecasts(
        request: Request,
        symbol: given.Some = None,
        unit: Unit = Unit.growth,
    ) -> Response:
        """Tell what the run forecast of the sessions after its last day."""
        asked = edition(request)
        percent = unit is Unit.percent
        found = wanted(asked.forecasts, symbol or [], asked.growth, percent=percent)
        about = {**origin_of(asked.record), "unit": unit}
        return told(request, {**about, "forecasts": as_records(found)}, found)

    @route("/map", examples.MAP, table=False)
    def all_firms(
        request: Request,
        start: given.Start = None,
        end: given.End = None,
        draws: given.Draws = DRAWS,
    ) -> Response:
        """Place all firms on a plane, with clusters, true neighbours, and the spanning tree."""
        peers = edition(request).peers
        found = plane(peers, start, end, draws)
        first, last = map(str, peers.span(start, end))
        tables = {name: as_records(getattr(found, name)) for name in ("firms", "links", "tree")}
        about = {"from": first, "to": last, **origin_of(peers.record)}
        return told(request, {**about, "keeps": found.keeps, "draws": draws, **tables})

    @route("/validation", examples.VALIDATION)
    def validation(request: Request) -> Response:
        """Tell what the run found out about its similarities, beside the classical ones."""
        asked = edition(request)
        studied = asked.studied
        tables = {
            name: as_records(getattr(studied, name))
            for name in ("figures", "differences", "associations", "portfolios")
        }
        return told(
            request, {**origin_of(asked.record), **studied.summary, **tables}, studied.figures
        )

    @route("/quality", examples.QUALITY, table=False)
    def quality(request: Request) -> Response:
        """Tell which prices there are, and what was mended in them."""
        asked = edition(request)
        return told(request, {**origin_of(asked.record), "quality": asked.quality})

    @route("/runs", examples.RUNS)
    def runs(request: Request) -> Response:
        """List the runs that can be asked with --run, the latest first."""
        answering = edition(request)
        found = editions.runs()
        return told(
            request, {"answering": origin_of(answering.record), "runs": as_records(found)}, found
        )

    return router
