"""Each rule on prices worked by hand, and what holds for any prices."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.ingest.ingest import ingest
from pipeline.ingest.prices import check, prices_schema
from pipeline.outputs import Ingested
from pipeline.settings.ingest import Ingest, Quality
from pipeline.sources import Raw
from pipeline.sources.source import firms_table
from pipeline.watch import Silence

SESSIONS = pd.bdate_range("2021-03-01", periods=20).as_unit("us")  # no holiday among them
TODAY = date(2021, 12, 31)
ROWS = ("unsorted", "future", "duplicates", "conflicts", "off_calendar", "nonpositive", "stale")


def clean(firms: str = "ABCD") -> pd.DataFrame:
    """Four firms, 20 sessions, prices that change every day by a little."""
    return pd.concat(
        pd.DataFrame({"date": SESSIONS, "symbol": f, "close": 10.0 * n + np.arange(20) % 7})
        for n, f in enumerate(firms, start=1)
    ).reset_index(drop=True)


def control(prices: pd.DataFrame, **quality: object) -> Ingested:
    section = Ingest(quality=Quality(**{"min_days": 10, "stale_days": 5, **quality}))
    raw = Raw(prices, firms_table({}))
    return ingest(section, raw, "test", today=TODAY, watch=Silence())


def finding(result: Ingested, rule: str) -> dict:
    return next(f for f in result.quality["rules"] if f["rule"] == rule)


def at(prices: pd.DataFrame, symbol: str, day: int) -> int:
    return prices.index[(prices["symbol"] == symbol) & (prices["date"] == SESSIONS[day])][0]


def faulty(rule: str) -> tuple[pd.DataFrame, int]:
    """Prices with one fault in firm B, and the number of rows at fault."""
    prices = clean()
    row = prices.loc[[at(prices, "B", 3)]]
    if rule == "unsorted":
        order = list(prices.index)
        first, second = at(prices, "B", 3), at(prices, "B", 4)
        order[first], order[second] = second, first
        return prices.loc[order], 1
    if rule == "stale":
        prices.loc[at(prices, "B", 2) : at(prices, "B", 8), "close"] = 5.5
        return prices, 6
    if rule == "nonpositive":
        prices.loc[at(prices, "B", 3), "close"] = -1.0
        return prices, 1
    added = {
        "future": row.assign(date=pd.Timestamp("2022-01-03")),
        "duplicates": row,
        "conflicts": row.assign(close=99.0),
        "off_calendar": row.assign(date=pd.Timestamp("2021-03-06")),
    }[rule]
    return pd.concat([prices, added], ignore_index=True), 1


def test_clean_prices_pass_as_they_are():
    result = control(clean())
    assert len(result.quality["rules"]) == 13
    assert all(f["count"] == 0 and f["sentence"].startswith("No ") for f in result.quality["rules"])
    pd.testing.assert_frame_equal(result.prices[["date", "symbol", "close"]], clean())
    assert not result.prices["broken"].any()
    np.testing.assert_array_equal(result.sessions, SESSIONS.to_numpy())


@pytest.mark.parametrize("rule", ROWS)
def test_repair_counts_and_mends(rule):
    prices, count = faulty(rule)
    result = control(prices, missing_share=0.5, **{rule: "repair"})
    found = finding(result, rule)
    assert (found["count"], found["firms"], found["action"]) == (count, 1, "repair")
    assert found["examples"][0].startswith("B 202")
    assert result.quality["firms_kept"] == 4
    kept = result.prices.set_index(["symbol", "date"])["close"]
    whole = clean().set_index(["symbol", "date"])["close"]
    lost = {"nonpositive": 1, "stale": 6}.get(rule, 0)
    assert len(kept) == len(whole) - lost
    if rule == "conflicts":
        assert kept["B", SESSIONS[3]] == 99.0
    elif rule != "stale":
        pd.testing.assert_series_equal(kept, whole.loc[kept.index])


@pytest.mark.parametrize("rule", [*ROWS, "jumps", "missing"])
def test_quarantine_sets_the_firm_apart_and_says_why(rule):
    prices = _jumping() if rule == "jumps" else _gappy() if rule == "missing" else faulty(rule)[0]
    result = control(prices, **{rule: "quarantine"})
    assert list(result.quality["quarantined"]) == ["B"]
    assert result.quality["quarantined"]["B"].startswith(f"{rule}: ")
    assert list(result.firms["symbol"]) == ["A", "C", "D"]
    assert set(result.prices["symbol"]) == {"A", "C", "D"}


@pytest.mark.parametrize("rule", [*ROWS, "jumps", "missing"])
def test_refuse_names_the_rule_and_an_example(rule):
    prices = _jumping() if rule == "jumps" else _gappy() if rule == "missing" else faulty(rule)[0]
    with pytest.raises(InputError, match=rf"test have .*example B.*ingest\.quality\.{rule} to"):
        control(prices, **{rule: "refuse"})


def _jumping() -> pd.DataFrame:
    prices = clean()
    rows = (prices["symbol"] == "B") & (prices["date"] >= SESSIONS[5])
    prices.loc[rows, "close"] *= 3.0
    return prices


def _gappy() -> pd.DataFrame:
    prices = clean()
    return prices.drop([at(prices, "B", 3), at(prices, "B", 4)])


def test_a_jump_is_marked_on_its_day_alone():
    result = control(_jumping())
    broken = result.prices[result.prices["broken"]]
    assert broken[["symbol", "date"]].to_numpy().tolist() == [["B", SESSIONS[5]]]
    # Day 4 closes at 20 + 4, day 5 at 3 · (20 + 5): ln(75 / 24) = 1.14.
    assert finding(result, "jumps")["examples"] == ["B 2021-03-08: close 24 → 75"]
    assert finding(control(_jumping(), jump_size=1.2), "jumps")["count"] == 0


def _halved() -> tuple[pd.DataFrame, pd.DatetimeIndex]:
    """Firms that move by 1 % a day, of which B is worth half from day 40 on."""
    sessions = pd.bdate_range("2020-09-08", periods=55)  # no holiday among them
    walk = 20.0 * 1.01 ** np.tile([0, 1], 28)[:55]
    prices = pd.concat(
        pd.DataFrame({"date": sessions, "symbol": firm, "close": walk}) for firm in "ABCD"
    ).reset_index(drop=True)
    after = (prices["symbol"] == "B") & (prices["date"] >= sessions[40])
    return prices.assign(close=prices["close"].where(~after, 0.5 * prices["close"])), sessions


def test_a_split_is_a_gap_and_no_jump():
    prices, sessions = _halved()
    result = control(prices)
    counts = [finding(result, rule)["count"] for rule in ("jumps", "splits", "reversals")]
    assert counts == [0, 1, 0]
    broken = result.prices[result.prices["broken"]]
    assert broken[["symbol", "date"]].to_numpy().tolist() == [["B", sessions[40]]]


def test_a_gap_is_counted_by_the_first_rule_that_finds_it():
    prices, sessions = _halved()
    back = (prices["symbol"] == "B") & (prices["date"] >= sessions[42])
    prices.loc[back, "close"] *= 4.0
    back &= prices["date"] >= sessions[44]
    prices.loc[back, "close"] /= 4.0
    result = control(prices)
    counts = [finding(result, rule)["count"] for rule in ("jumps", "splits", "reversals")]
    assert counts == [2, 1, 0]
    assert result.prices["broken"].sum() == 3


def test_a_jump_of_either_close_counts():
    prices = clean().assign(adj_close=lambda p: p["close"])
    rows = (prices["symbol"] == "B") & (prices["date"] >= SESSIONS[5])
    prices.loc[rows, "close"] *= 3.0
    assert finding(control(prices), "jumps")["count"] == 1


def test_missing_sessions_are_counted_from_the_first_price_on():
    prices = _gappy()
    late = prices[(prices["symbol"] != "C") | (prices["date"] >= SESSIONS[8])]
    result = control(late)
    found = finding(result, "missing")
    assert (found["count"], found["firms"]) == (2, 1)
    assert found["examples"] == ["B: 2 sessions (10.0%)"]
    strict = control(late, missing_share=0.05)
    assert strict.quality["quarantined"] == {
        "B": "missing: 2 sessions without a price (10.0%, more than missing_share 0.05)"
    }


def test_a_short_firm_is_set_apart_or_refused():
    prices = clean()
    short = prices[(prices["symbol"] != "D") | (prices["date"] >= SESSIONS[15])]
    result = control(short)
    assert result.quality["quarantined"] == {"D": "short: 5 prices, fewer than min_days 10"}
    with pytest.raises(InputError, match=r"D: 5 prices.*ingest\.quality\.short to quarantine"):
        control(short, short="refuse")


def test_a_firm_without_any_price_is_short():
    prices = clean()
    prices.loc[prices["symbol"] == "D", "close"] = np.nan
    assert control(prices).quality["quarantined"]["D"].startswith("short: 0 prices")


def test_zero_opens_become_gaps_but_never_cost_a_firm():
    prices = clean().assign(open=clean()["close"])
    prices.loc[at(prices, "B", 3), "open"] = 0.0
    for action in ("repair", "quarantine", "refuse"):
        result = control(prices, nonpositive=action)
        assert finding(result, "nonpositive")["count"] == 1
        assert result.quality["firms_kept"] == 4
        assert result.prices["open"].isna().sum() == 1
        assert result.prices["close"].notna().all()


def test_most_rows_off_the_calendar_mean_the_wrong_calendar():
    weekend = clean().assign(date=lambda p: p["date"] + pd.Timedelta(days=2))
    with pytest.raises(InputError, match=r"XNYS was closed.*ingest\.calendar"):
        control(weekend)


def test_only_rows_after_today_are_future():
    prices = clean().assign(date=lambda p: p["date"] + (pd.Timestamp(TODAY) - SESSIONS[-1]))
    in_session = prices[prices["date"].dt.day_of_week < 5]
    assert finding(control(in_session, min_days=10), "future")["count"] == 0


FAULTS = st.lists(
    st.tuples(
        st.sampled_from(["double", "zero", "nan", "drop", "weekend", "jump", "stale"]),
        st.sampled_from("ABCD"),
        st.integers(0, 12),
    ),
    max_size=8,
)


def spoilt(faults: list[tuple[str, str, int]]) -> pd.DataFrame:
    prices = clean().assign(open=clean()["close"])
    extra = []
    for kind, symbol, day in faults:
        rows = prices["symbol"] == symbol
        row = rows & (prices["date"] == SESSIONS[day])
        if kind == "double":
            extra.append(prices[row])
        elif kind == "weekend":
            extra.append(prices[row].assign(date=pd.Timestamp("2021-03-13")))
        elif kind == "drop":
            prices = prices[~row]
        elif kind == "stale":
            prices.loc[rows & (prices["date"].isin(SESSIONS[day : day + 6])), "close"] = 7.0
        else:
            value = {"zero": 0.0, "nan": np.nan, "jump": 1000.0}[kind]
            prices.loc[row, "close"] = value
    return pd.concat([prices, *extra], ignore_index=True)


RELAXED = {"missing_share": 1.0, "conflicts": "repair"}


@settings(max_examples=12)
@given(FAULTS)
def test_repair_is_idempotent_passes_the_schema_and_its_counts_add_up(faults):
    prices = spoilt(faults)
    once = control(prices, **RELAXED)
    check(once.prices, prices_schema(), "The prices")
    again = control(once.prices, **RELAXED)
    pd.testing.assert_frame_equal(once.prices, again.prices)
    mended = {"unsorted", "duplicates", "conflicts", "nonpositive", "stale", "off_calendar"}
    assert all(finding(again, rule)["count"] == 0 for rule in mended)
    if not once.quality["quarantined"]:  # its rows would be missing beside the counts
        _adds_up(prices, once)


def _adds_up(prices: pd.DataFrame, result: Ingested) -> None:
    count = {f["rule"]: f["count"] for f in result.quality["rules"]}
    dropped = sum(count[r] for r in ("duplicates", "conflicts", "off_calendar", "stale"))
    without = _blank_days(prices)
    assert result.quality["rows_read"] == len(prices)
    assert len(result.prices) == len(prices) - dropped - count["nonpositive"] - without
    assert count["missing"] == sum(
        len(SESSIONS[group["date"].min() <= SESSIONS]) - len(group)
        for _, group in result.prices.groupby("symbol")
    )
    gaps = sum(count[rule] for rule in ("jumps", "splits", "reversals"))
    assert result.prices["broken"].sum() == gaps


def _blank_days(prices: pd.DataFrame) -> int:
    """Firm-days in session that have no price at all, which no rule of rows counts."""
    days = prices[prices["date"].isin(SESSIONS)].drop_duplicates()
    last = days.drop_duplicates(["symbol", "date"], keep="last")
    return int(last["close"].isna().sum())


@settings(max_examples=8)
@given(FAULTS, st.randoms(use_true_random=False))
def test_row_order_never_matters(faults, random):
    prices = spoilt(faults).drop_duplicates(["symbol", "date"])
    order = list(prices.index)
    random.shuffle(order)
    shuffled = control(prices.loc[order], **RELAXED)
    pd.testing.assert_frame_equal(control(prices, **RELAXED).prices, shuffled.prices)
