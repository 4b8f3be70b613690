"""Pages in the browser of whoever asks."""

from __future__ import annotations

import webbrowser
from pathlib import Path

from pipeline.errors import ServiceError


def show_page(page: Path) -> None:
    """Open a page in the browser.

    Raises
    ------
    ServiceError
        If there is no browser.
    """
    if not webbrowser.open(page.absolute().as_uri()):
        raise ServiceError(
            f"No browser was found to open {page} with: open it by hand, or name one in the "
            "variable BROWSER."
        )
