"""What each pretrained network and its card must be; written by `python -m benchmarks.pretrain`.

They stand in code, so that what was made with another network is stale.
"""

DIGESTS: dict[str, str] = {
    "gru-growth": "b58c7d94a93bcb2989f1d686702e2eba47a0d3150d8c7f4dac1d3b72a3aaa151",
    "linear-growth": "45233ceb1b2eb29d673dd2d24dc100f4b4c1787543fbb227e697ec4558f46f09",
    "feedforward-growth": "641bc95ffc960ff35794396c6d8ded6d9b6ac04f48db10f77322ddd71270f433",
    "gru-traded": "067a28c5a6e08abbef1f680af2d58a25f291395ea5a5f6a30eb69b60cf019657",
    "linear-traded": "53451e2001cc592557a2d9c842d959476f5eb4b299ec2279e6de840bf2edc9cb",
    "feedforward-traded": "9850b5c4d25be65054dba9dcfb9cecc5993121d39705a3ccd3e02babfc9177a5",
}
