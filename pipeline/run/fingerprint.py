"""What an output is addressed by: a digest of all that decides what it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.run.code import Code


def fingerprint(name: str, needs: Sequence[str], settings: Mapping[str, Any], code: Code) -> str:
    """Return the fingerprint of an output from all that decides what it is.

    Parameters
    ----------
    name
        Of the stage.
    needs
        Fingerprints of what it is made from.
    settings
        Section → plain values.
    code
        Of the function that makes it.
    """
    parts = {
        "stage": name,
        "settings": settings,
        "needs": needs,
        "code": code.digest,
        "libraries": code.versions,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:20]
