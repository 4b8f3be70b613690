"""The page in a real browser: `make browser` installs what drives Debian's chromium."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import World
from listening import listening

from pipeline.service.edition import Editions, Lasting
from pipeline.service.saved import save
from pipeline.store import Store
from pipeline.watch import Silence

pytestmark = pytest.mark.browser
SERIOUS = ("serious", "critical")
VIEWS = {
    "firm": ("symbol=F01", "#peers table"),
    "pair": ("view=pair&symbol=F01&other=F04", "main .plot svg"),
    "map": ("view=map&symbol=F01", "main .plot svg"),
    "trust": ("view=trust&symbol=F01", "main table"),
}
SIZES = {"telephone": (390, 844), "desk": (1440, 900)}


@pytest.fixture(scope="module")
def address(world: World) -> Iterator[str]:
    with listening(Editions(Store(world.place.store))) as found:
        yield f"{found}/"


@pytest.fixture(scope="module")
def saved(world: World, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page as one file."""
    file = tmp_path_factory.mktemp("saved") / "firms.html"
    save(Lasting(Store(world.place.store)), file, 5, Silence())
    return file.as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    assert chromium, "install Debian's chromium"
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


class Page:
    """A page that notes what its console tells, and whom it asks."""

    def __init__(self, browser: Any, size: str = "desk", scheme: str = "light") -> None:
        width, height = SIZES[size]
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, accept_downloads=True
        )
        self.page = self.context.new_page()
        self.told: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self._note(message.type, message.text))
        self.page.on("pageerror", lambda error: self._note("error", str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.told.append(text)

    def open(self, address: str, query: str, shown: str) -> Any:
        """Open a view, and wait until it is shown and nothing is asked any more."""
        self.page.goto(f"{address}?{query}")
        self.page.wait_for_selector(shown)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def trouble(self, address: str, query: str) -> str:
        """Ask what cannot be answered, and return what is said."""
        said: str = self.open(address, query, "#status.trouble").inner_text("#status")
        return said

    def close(self, address: str) -> None:
        """Require that nothing went wrong and that nobody else was asked."""
        assert self.told == []
        elsewhere = [url for url in self.asked if not url.startswith((address, "blob:", "data:"))]
        assert elsewhere == []
        self.context.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_shown_and_can_be_read_by_all(
    browser: Any, address: str, view: str, scheme: str, size: str
) -> None:
    opened = Page(browser, size, scheme)
    page = opened.open(address, *VIEWS[view])
    # Nothing is wider than the window: tables scroll within.
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert faults(page) == []
    opened.close(address)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_shown_from_a_file(browser: Any, saved: str, view: str) -> None:
    opened = Page(browser)
    page = opened.open(saved, *VIEWS[view])
    assert "This file does not" not in page.inner_text("main")
    assert faults(page) == []
    opened.close(saved)


def faults(page: Any) -> list[Any]:
    """Return what axe-core finds that would keep someone from reading a page."""
    from axe_playwright_python.sync_playwright import Axe

    return [
        (one["id"], [node["html"][:120] for node in one["nodes"]][:3])
        for one in Axe().run(page).response["violations"]
        if one["impact"] in SERIOUS
    ]


def test_a_firm_is_asked_about_by_keyboard_alone(browser: Any, address: str) -> None:
    opened = Page(browser)
    page = opened.open(address, *VIEWS["firm"])
    assert page.evaluate("document.activeElement.id") == "query"
    page.keyboard.type("firm f0")
    page.wait_for_selector("#suggestions li")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**symbol=F01**")
    page.wait_for_selector("h2:has-text('F01')")
    page.keyboard.type("f07")
    page.wait_for_selector("#suggestions li")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("h2:has-text('The basket of F01, F07')")
    page.keyboard.type("frim")
    page.wait_for_selector("#status:has-text('did you mean')")
    page.keyboard.press("Escape")
    assert page.locator("#suggestions").is_hidden()
    page.go_back()
    page.wait_for_selector("h2:has-text('F01')")
    opened.close(address)


def test_what_is_asked_is_in_the_address_and_answered_at_once(browser: Any, address: str) -> None:
    from playwright.sync_api import expect

    opened = Page(browser)
    page = opened.open(address, *VIEWS["firm"])
    page.select_option("#measure", "pearson")
    page.wait_for_url("**measure=pearson**")
    before = page.inner_text("#peers caption")
    page.fill("#from", "2016-06-01")
    page.locator("#from").dispatch_event("change")
    page.wait_for_url("**from=2016-06-01**")
    expect(page.locator("#peers caption")).not_to_have_text(before)
    page.select_option("#top", "5")
    expect(page.locator("#peers tbody tr")).to_have_count(5)
    page.locator("#peers button:has-text('why')").first.click()
    page.wait_for_url("**view=pair**")
    page.wait_for_selector(".told")
    with page.expect_download() as waiting:
        page.locator("figure button:has-text('SVG')").first.click()
    assert waiting.value.suggested_filename.endswith(".svg")
    opened.close(address)


def test_what_cannot_be_answered_is_said(browser: Any, address: str) -> None:
    opened = Page(browser)
    assert "There is no firm 'F99'" in opened.trouble(address, "symbol=F99")
    assert "is outside the data" in opened.trouble(address, "symbol=F01&from=2031-01-01")
    opened.context.close()


def test_a_saved_page_tells_what_the_service_tells(browser: Any, address: str, saved: str) -> None:
    served, kept = Page(browser), Page(browser)
    pages = [served.open(address, "symbol=F01&top=5", "#peers table")]
    pages.append(kept.open(saved, "symbol=F01", "#peers table"))
    for place in ("#peers table", "#years table", "#course figcaption", "#forecast p"):
        # A file holds three digits of a number, which may round otherwise.
        told = [re.sub(r"\d+\.\d+", "~", page.locator(place).first.inner_text()) for page in pages]
        assert told[0] == told[1]
    for query in ("f", "F07", "firm f1", "group 1", "frim"):
        found = []
        for page in pages:
            page.fill("#query", "")
            page.wait_for_selector("#suggestions", state="hidden")
            page.fill("#query", query)
            page.wait_for_selector("#suggestions li")
            page.wait_for_load_state("networkidle")
            found.append(page.locator("#suggestions strong").all_inner_texts())
        assert found[0] == found[1], query
    served.close(address)
    kept.close(saved)


def test_a_saved_page_says_what_it_does_not_hold(browser: Any, saved: str) -> None:
    opened = Page(browser)
    assert "There is no firm 'F99' in this file" in opened.trouble(saved, "symbol=F99")
    assert "firmament serve" in opened.trouble(saved, "symbol=F01&symbol=F02")
    opened.close(saved)


def test_rows_are_saved_as_csv(browser: Any, saved: str) -> None:
    opened = Page(browser)
    page = opened.open(saved, *VIEWS["firm"])
    with page.expect_download() as waiting:
        page.locator("#peers button:has-text('CSV')").click()
    assert waiting.value.suggested_filename == "peers-F01.csv"
    rows = list(csv.DictReader(waiting.value.path().open()))
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert {row["symbol"] for row in rows} < {f"F{number:02d}" for number in range(12)}
    opened.close(saved)
