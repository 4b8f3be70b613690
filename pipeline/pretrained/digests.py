"""What each pretrained network and its card must be; written by `python -m benchmarks.pretrain`.

They stand in code, so that what was made with another network is stale.
"""

DIGESTS: dict[str, str] = {
    "gru-growth": "31d85d37dbffd7281a2f6160d8b5fddbd700b130565e79b89e2730eecae45bc5",
    "linear-growth": "3cf8f7533a89e7d92908885b9a7ad4d4fc9af8b0a242821ada3861680281ab34",
    "feedforward-growth": "955fe85e0da1332a0413a5fd24a2c0854a0a857d379ce18cbe3004d0fad4b93b",
    "gru-traded": "203872f5398ce676bb9e77686aef8902fc35d2f11855d6bb048506387ae61c0b",
    "linear-traded": "479800a6a495b2e77b27b09d0f8970b43031be7e603116387dc5c6ddc99f385a",
    "feedforward-traded": "265fb850a41cd2fde30ae37ab980ec5de5211af1f11e2e6d0f3cb5a5ba956201",
}
