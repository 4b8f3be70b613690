"""What the tests of the Yahoo source share."""

import pytest
import requests
from chart_server import FIRMS, ChartServer
from chart_service import Recorded, days

from pipeline.sources.curl import yfinance


@pytest.fixture
def server(tmp_path_factory):
    """A stand-in for the network, with yfinance's own caches out of the home folder."""
    yfinance().set_tz_cache_location(str(tmp_path_factory.getbasetemp() / "yfinance"))
    from yfinance.data import YfData

    recorded = Recorded()
    recorded.session = requests.Session()
    recorded.session.mount("https://", recorded)
    recorded.session.mount("http://", recorded)
    yield recorded
    YfData()._cookie = YfData()._crumb = None


@pytest.fixture
def service(tmp_path_factory):
    """A chart service on the loopback, with firms of 60 days that yfinance has asked for before."""
    folder = tmp_path_factory.getbasetemp()
    yfinance().set_tz_cache_location(str(folder / "yfinance"))
    from yfinance.cache import get_tz_cache

    for firm in FIRMS:
        get_tz_cache().store(firm, "America/New_York")
    with ChartServer(folder, days("2024-01-02", 60)) as server:
        yield server
