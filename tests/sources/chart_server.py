"""A chart service on the loopback that limits, fails and rewrites history, spoken to over TLS.

yfinance's own kind of session asks it, which takes it for a proxy: so it is every host of Yahoo's,
and nothing else is ever contacted.
"""

import json
import ssl
import threading
import time
import zlib
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
from chart_service import chart
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipeline.sources.curl import yfinance

FIRMS = [f"F{number:02}" for number in range(15)]


class ChartServer(ThreadingHTTPServer):
    """Firms with daily closes that were drawn at random, by symbol and day.

    Parameters
    ----------
    folder : Path
        Where the certificate lies.
    days : list of str
        Sessions that there are prices of.
    burst, rate : int, float
        The limit, by the rule of a bucket: `burst` requests for prices may come at once, and `rate`
        more each second; one that finds the bucket empty is answered with 429.
    latency : float
        Seconds that each answer takes.
    """

    daemon_threads = True

    def __init__(self, folder: Path, days, burst=10**9, rate=0.0, latency=0.0) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.days, self.burst, self.rate, self.latency = list(days), burst, rate, latency
        self.splits: set[str] = set()
        """Firms whose every close is half of what it was."""
        self.unknown: set[str] = set()
        self.absent: dict[str, set[str]] = {}
        """Days that firms have no prices of."""
        self.session_end: int | None = None
        """When the present session ends, in seconds since 1970."""
        self.retry_after = ""
        """What an answer of 429 says of when to ask again."""
        self.failing: dict[str, int] = {}
        """How many further requests about a firm get no answer."""
        self.asked: list[tuple[str, int]] = []
        """Requests for prices, in order: symbol and status (0: no answer)."""
        self._lock = threading.Lock()
        self.left, self._since = float(burst), time.monotonic()  # requests now free
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(_certificate(folder))

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def session(self) -> Any:
        return session(self.server_port)

    def statuses(self, symbol: str | None = None) -> list[int]:
        """Give the statuses of requests for prices, of a symbol or of all."""
        return [status for asked, status in self.asked if symbol in (None, asked)]

    def answer(self, symbol: str, query) -> tuple[int, bytes]:
        """Answer a request for prices."""
        with self._lock:
            now = time.monotonic()
            self.left = min(self.left + self.rate * (now - self._since), self.burst)
            self._since = now
            status = 200
            if self.failing.get(symbol, 0) > 0:
                self.failing[symbol] -= 1
                status = 0
            elif self.left < 1.0:
                status = 429
            elif symbol in self.unknown:
                status = 404
            self.left -= status in (200, 404)
            self.asked.append((symbol, status))
        if status == 404:
            error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return 404, json.dumps({"chart": {"result": None, "error": error}}).encode()
        if status != 200:
            return status, b"Too Many Requests"
        since = query.get("period1", ["0"])[0]
        first = f"{datetime.fromtimestamp(int(since), UTC):%Y-%m-%d}"
        factor = 0.5 if symbol in self.splits else 1.0
        given = self.days[-1:] if "range" in query else [day for day in self.days if day >= first]
        absent = self.absent.get(symbol, ())
        body = chart({day: factor * close(symbol, day) for day in given if day not in absent})
        about = body["chart"]["result"][0]["meta"]
        about["longName"] = f"{symbol.title()} Corporation"
        if self.session_end:
            about["currentTradingPeriod"]["regular"]["end"] = self.session_end
        return 200, json.dumps(body).encode()


class _Handler(BaseHTTPRequestHandler):
    server: ChartServer
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        self.request = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.setup()
        self.close_connection = False

    def do_GET(self) -> None:
        where = urlsplit(self.path)
        status, body = (200, b"a-crumb") if "getcrumb" in where.path else (404, b"")
        if "/chart/" in where.path:
            time.sleep(self.server.latency)
            symbol = where.path.rpartition("/")[2]
            status, body = self.server.answer(symbol, parse_qs(where.query))
        if status == 0:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 429 and self.server.retry_after:
            self.send_header("Retry-After", self.server.retry_after)
        if "/chart/" not in where.path:
            # Without one that it can keep, yfinance asks for a cookie before each request.
            self.send_header("Set-Cookie", "A3=a; Domain=.yahoo.com; Path=/; Max-Age=86400")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_) -> None:
        pass


def close(symbol: str, day: str) -> float:
    """Give a firm's close of a day, before any split."""
    return float(_closes(symbol)[int(pd.Timestamp(day).timestamp() // 86_400) - 10_000])


def session(port: int) -> Any:
    """Make a session as yfinance makes them, to which the server at a port is every host."""
    yfinance()
    from curl_cffi.requests import Session

    here = f"http://127.0.0.1:{port}"
    return Session(impersonate="chrome", verify=False, proxies={"http": here, "https": here})


@cache
def _closes(symbol: str) -> np.ndarray:
    growth = np.random.default_rng(zlib.crc32(symbol.encode())).normal(0.0, 0.02, 15_000)
    return np.float32(100.0 * np.exp(np.cumsum(growth - growth.mean()))).astype(float)


def _certificate(folder: Path) -> Path:
    """Write a certificate for this machine, with its key."""
    path = folder / "loopback.pem"
    if not path.exists():
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        now = datetime.now(UTC)
        made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        made = made.not_valid_before(now).not_valid_after(now + timedelta(days=1))
        hosts = [x509.DNSName("*.yahoo.com"), x509.DNSName("*.finance.yahoo.com")]
        made = made.add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        public = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        path.write_bytes(public + private)
    return path
