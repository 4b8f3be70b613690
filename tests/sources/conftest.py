"""What the tests of the Yahoo source share."""

import pytest
import requests
from chart_service import Recorded


@pytest.fixture
def server(tmp_path_factory):
    """A stand-in for the network, with yfinance's own caches out of the home folder."""
    import yfinance
    from yfinance.data import YfData

    yfinance.set_tz_cache_location(str(tmp_path_factory.getbasetemp() / "yfinance"))
    recorded = Recorded()
    recorded.session = requests.Session()
    recorded.session.mount("https://", recorded)
    recorded.session.mount("http://", recorded)
    yield recorded
    YfData()._cookie = YfData()._crumb = None
