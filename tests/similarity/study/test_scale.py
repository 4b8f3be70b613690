"""Figures of real firms, as an independent computation gave them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.similarity import classical
from pipeline.similarity.study import labels, out_of_sample
from pipeline.similarity.study.labels import precision_at
from pipeline.similarity.study.neighbours import known_mean

SP500 = Path(__file__).parents[4] / "shared" / "data" / "sp500"
pytestmark = pytest.mark.skipif(
    not SP500.is_dir(), reason="the S&P 500 prices are not beside the project"
)


@pytest.fixture(scope="module")
def panel():
    """Daily log changes of the 427 firms that traded on 98 % of the days, gaps filled."""
    prices = pd.read_parquet(SP500 / "prices.parquet", columns=["date", "symbol", "close"])
    close = prices.pivot(index="date", columns="symbol", values="close")  # noqa: PD010
    firms = pd.read_csv(SP500 / "firms.csv").set_index("symbol")
    listed = close.columns.isin(firms.index[firms["sector"].notna()])
    close = close.loc[:, (close.notna().mean() > 0.98) & listed]
    growth = np.log(close.ffill().bfill()).diff().iloc[1:].clip(-0.3, 0.3)
    return growth, firms.loc[growth.columns]


def test_pearson_by_sector_and_industry(panel):
    growth, firms = panel
    assert growth.shape == (2504, 427)
    similarity = classical.pearson(growth.to_numpy())
    sectors, industries = firms["sector"].tolist(), labels.shared(firms["industry"].tolist())
    assert precision_at(similarity, sectors, 5) == pytest.approx(0.7583, abs=0.002)
    assert known_mean(labels.hits(labels.votes(similarity, sectors), sectors)) == pytest.approx(
        0.822, abs=0.005
    )
    assert labels.macro(labels.precisions(similarity, sectors, 5), sectors) == pytest.approx(
        0.7283, abs=0.002
    )
    assert precision_at(similarity, industries, 1) == pytest.approx(0.6618, abs=0.002)
    assert precision_at(similarity, industries, 5) == pytest.approx(0.3505, abs=0.002)


@pytest.mark.parametrize(
    ("measure", "nearest", "ranks"),
    [(classical.pearson, 0.290, 0.1951), (classical.residual, 0.3327, 0.3528)],
)
def test_later_years(panel, measure, nearest, ranks):
    growth, _ = panel
    first = growth.index.to_numpy() < np.datetime64("2015-01-01")
    early = measure(growth[first].to_numpy())
    later = out_of_sample.residual_correlations(growth[~first].to_numpy())
    found = known_mean(out_of_sample.later_correlation(early, later, 5))
    assert found == pytest.approx(nearest, abs=0.002)
    assert out_of_sample.rank_correlation(early, later) == pytest.approx(ranks, abs=0.002)
