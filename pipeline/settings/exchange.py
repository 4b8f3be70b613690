"""Exchanges by their code, and how often they are open in a year.

Told without `exchange_calendars`, which takes time to load and longer to count.
"""

from __future__ import annotations

from pipeline.words import closest

_COUNTED = {
    365: "24/7",
    261: "24/5",
    258: "CMES IEPA XTAE us_futures",
    256: "XAMS XBRU XLIS XLUX XMAD XPAR",
    255: "XEEE XEUR XSTU",
    254: "XDUB XDUS XETR XFRA XHAM XMIL",
    253: "XASX XLON",
    252: "XCBF XMEX XMOS XNYS XSTO XSWX XTAL",
    251: "XBDA XHEL XIST XLIM XOSL XRIS XSES XTSE XWBO",
    250: "XBUD XCSE XJSE XNZE XPRA XWAR",
    249: "XBRA XICE XLIT XLJU XSGO XZAG",
    248: "BVMF XKAR XSAU",
    246: "XBOM XBUE XHKG XKRX",
    245: "AIXK XKLS",
    244: "XBOG XPHS XTKS",
    243: "XBKK XIDX XSHG XTAI",
}
"""Sessions a year, on average over 2015 to 2024 or as much of it as the calendar reaches over."""
_ALIASES = {
    "XNYS": "NYSE NASDAQ BATS XNAS ARCX OOTC XASE",
    "CMES": "CME CBOT COMEX NYMEX",
    "IEPA": "ICE ICEUS NYFE",
    "XTSE": "XTSX TSX",
    "BVMF": "BMF",
    "XASX": "ASX",
    "XBOM": "BSE",
    "XCBF": "CFE",
    "XFRA": "FWB",
    "XHKG": "HKEX",
    "XIDX": "JKT",
    "XLON": "LSE",
    "XLUX": "LUXSE",
    "XOSL": "OSE",
    "XSHG": "SSE",
    "XSWX": "SIX",
    "XTAE": "TASE",
    "XTKS": "JPX",
}
"""Other names that `exchange_calendars` has for them."""

SESSIONS_A_YEAR = {
    name: count
    for count, codes in _COUNTED.items()
    for code in codes.split()
    for name in (code, *_ALIASES.get(code, "").split())
}
"""Name of a calendar → its sessions in a usual year."""


def known(calendar: str) -> str:
    """Return the name of a calendar; one that there is not raises ValueError."""
    if calendar in SESSIONS_A_YEAR:
        return calendar
    close = closest(calendar, SESSIONS_A_YEAR)
    raise ValueError(
        f"{calendar!r} is not an exchange calendar; "
        + (
            f"did you mean {close}?"
            if close
            else "use an ISO 10383 code such as XNYS (New York), XLON (London) or XTKS (Tokyo), "
            "24/5 for all weekdays or 24/7 for all days"
        )
    )
