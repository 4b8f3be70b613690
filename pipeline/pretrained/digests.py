"""What each pretrained network and its card must be; written by `python -m benchmarks.pretrain`.

They stand in code, so that what was made with another network is stale.
"""

DIGESTS: dict[str, str] = {}
