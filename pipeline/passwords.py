"""Passwords are kept out of what is printed, logged and said."""

from __future__ import annotations

import re

MASK = "***"
_USER = re.compile(r"(://[^\s:/@]*):\S*@")
_QUERY = re.compile(r"([?&][^\s=&]*(?:password|passwd|pwd|token|secret)=)[^\s&]+", re.IGNORECASE)


def masked(text: str) -> str:
    """Return a text with the passwords of the addresses in it as `***`.

    What stands between a user's name and the last `@` of the word is taken for the password, even
    where it has letters that should have been escaped: rather too much is masked than too little.

    >>> masked("cannot reach postgresql://ann:s3cret@host/runs")
    'cannot reach postgresql://ann:***@host/runs'
    """
    return _QUERY.sub(rf"\1{MASK}", _USER.sub(rf"\1:{MASK}@", text))
