"""The bundled sample: daily prices of 20 S&P 500 firms that come with skfolio."""

from __future__ import annotations

import hashlib
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from pipeline.errors import SourceError
from pipeline.settings.ingest import Ingest
from pipeline.settings.yahoo import Yahoo
from pipeline.sources.source import Raw, firms_table
from pipeline.watch import Watch

FIRST_DAY = date(2013, 1, 1)
FIRMS_TABLE = Path(__file__).resolve().parents[2] / "data" / "sample" / "firms.csv"


class SampleSource:
    """Adjusted daily closes of 20 S&P 500 firms, 2013 to 2022.

    Earlier years (from 1990 on) are given where ``ingest.start`` asks for them, or where
    ``ingest.end`` lies before 2013.

    Parameters
    ----------
    ingest : Ingest
        The dates asked for.
    """

    name = "sample"
    describe = (
        "Adjusted daily closes of 20 S&P 500 firms that come with skfolio; "
        "unadjusted closes are not in it."
    )

    def __init__(self, ingest: Ingest) -> None:
        early = ingest.end is not None and ingest.end <= FIRST_DAY
        self._start = ingest.start or (date.min if early else FIRST_DAY)

    def digest(self, watch: Watch) -> str:  # noqa: ARG002
        """Digest of skfolio's version, its price file, the firms' table and the first day."""
        text = hashlib.sha256(f"{version('skfolio')} {self._start}".encode())
        text.update(price_file().read_bytes())
        text.update(FIRMS_TABLE.read_bytes())
        return text.hexdigest()

    def read(self, watch: Watch) -> Raw:
        """Prices as `adj_close`, and the firms' table.

        Raises
        ------
        SourceError
            If skfolio does not hold its price file where it used to.
        """
        wide = pd.read_csv(price_file(), parse_dates=["Date"])
        wide = wide[wide["Date"].dt.date >= self._start].rename(columns={"Date": "date"})
        prices = wide.melt(id_vars="date", var_name="symbol", value_name="adj_close")
        prices = prices.astype({"symbol": "str", "date": "datetime64[us]"})
        watch.step("read the sample", 1, 1)
        return Raw(
            prices=prices,
            firms=firms_table(pd.read_csv(FIRMS_TABLE)),
            notes=[
                "The sample has adjusted closes alone.",
                "The sample's firms were chosen in hindsight and all survived, which flatters "
                "results.",
            ],
            understood={"shape": "bundled table"},
        )


def source(address: str, ingest: Ingest, yahoo: Yahoo, cache: Path | str) -> SampleSource:  # noqa: ARG001
    """Open the sample, which has no address and fetches nothing."""
    return SampleSource(ingest)


def price_file() -> Path:
    """Find skfolio's file of S&P 500 prices.

    The file is found without importing skfolio: the import takes eight seconds and brings a
    solver stack along, for one table of which pandas reads all in a tenth of a second.

    Raises
    ------
    SourceError
        If the file is not where the known versions of skfolio have it.
    """
    spec = find_spec("skfolio")
    if spec is None or spec.origin is None:
        raise SourceError(
            "The sample needs the package skfolio, which is not installed: "
            "install firmament's requirements."
        )
    path = Path(spec.origin).parent / "datasets" / "data" / "sp500_dataset.csv.gz"
    if not path.is_file():
        raise SourceError(
            f"skfolio {version('skfolio')} does not hold its S&P 500 prices at {path}: "
            "install the version that firmament pins, or use --source files:PATH."
        )
    return path
