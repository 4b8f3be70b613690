"""What the report says about a run in plain language."""

from __future__ import annotations

from datetime import date
from math import isfinite

import pandas as pd

from pipeline.evaluation.titles import model_title
from pipeline.outputs import UNKNOWN, Json
from pipeline.report.added import SURE, Gain
from pipeline.words import listed, number, plural

PRICES = {
    "adj_close": "adjusted close",
    "close": "close",
    "typical": "typical price (high + low + close)/3",
    "vwap": "volume-weighted average price",
}
SURVIVORS = (
    "Survivorship: the firms are those that the source lists, as a rule today's members; firms "
    "that failed, merged or left are missing, so growth looks better and calmer than it was."
)


STARTS = {
    "zero-shot": "the pretrained network as it is (zero-shot)",
    "fine-tuned": "the pretrained network fine-tuned to these firms (fine-tuned)",
    "fresh": "a network drawn anew (fresh)",
}
"""What a network was trained from."""


def headline(scores: Json, summary: Json, horizon: int) -> list[str]:
    """Say in plain language what was forecast and how well beside the best baseline.

    Parameters
    ----------
    scores : dict
        `Evaluated.scores`.
    summary : dict
        `Trained.summary`.
    horizon : int
        Days ahead of the farthest forecast.

    Returns
    -------
    list of str
        Sentences: what, how well, and how honest the intervals are.
    """
    return [_what(scores, summary, horizon), beside_best(scores), *_intervals(scores)]


def _what(scores: Json, summary: Json, horizon: int) -> str:
    """Say what was forecast."""
    ahead = "one day ahead" if horizon == 1 else f"1 to {horizon} days ahead"
    return (
        f"{_article(model_title(summary['architecture']))} network forecast the daily growth of "
        f"{plural(scores['firms'], 'firm')}, {ahead}, on {plural(scores['days'], 'test day')} "
        f"from {scores['first']} to {scores['last']}, on none of which it was trained or chosen "
        f"({plural(scores['forecasts'], 'forecast')})."
    )


def _article(name: str) -> str:
    """Put the indefinite article before a model's name, acronyms spelt as they are said."""
    spelt = name.split(" ")[0].isupper()
    vowel = name[0] in "AEFHILMNORSX" if spelt else name[0] in "aeiou"
    return f"{'An' if vowel else 'A'} {name}"


def beside_best(scores: Json) -> str:
    """Say whether the network's CRPS is below that of the best baseline by more than chance.

    Parameters
    ----------
    scores : dict
        `Evaluated.scores`.
    """
    best, skill = scores.get("best_baseline"), scores.get("crps_skill")
    if best is None or skill is None or scores.get("crps") is None:
        return "Its CRPS could not be compared with a baseline's, as one of them is undefined."
    gain = Gain.of(_numbers(scores), "crps_over_best", "dm_p")
    name = f"the best baseline, {model_title(best)}"
    if not isfinite(gain.p_value):
        share = number(gain.share, ".2%")
        return f"By CRPS the network cannot be told from {name}, on so few days ({share})."
    word = "better" if gain.share > 0.0 else "worse"
    found = f"{word} than" if gain.p_value < SURE else "not told apart from"
    return f"By CRPS the network is {found} {name}: {number(gain.share, '.2%')} ({gain.doubt()})."


def _numbers(told: Json) -> Json:
    """Return plain values with NaN for what is not defined."""
    return {key: float("nan") if value is None else value for key, value in told.items()}


def _intervals(scores: Json) -> list[str]:
    """Say how often growth fell into the intervals."""
    shares = {nominal: scores.get(f"coverage_{nominal}") for nominal in (50, 90)}
    held = [f"{n} % intervals {number(s, '.1%')}" for n, s in shares.items() if s is not None]
    return [f"Growth lay in the {' and in the '.join(held)} of the time."] if held else []


def beside_control(beside: Json) -> list[str]:
    """Say what recurrence adds to a control; nothing where there is none.

    Parameters
    ----------
    beside : dict
        `Controlled.beside`.
    """
    if not beside:
        return []
    gain = Gain.of(_numbers(beside), "crps_over_control", "dm_p_control")
    said = gain.said("recurrence adds")
    return [f"Beside {model_title(beside['name'])}, the same inputs without recurrence: {said}."]


def left_out(count: int) -> str:
    """Say how many growth rates of the test days were not forecast."""
    if not count:
        return ""
    return (
        f"{plural(count, 'growth rate')} of the test days had too little history before them and "
        "were not forecast."
    )


def data(quality: Json, basis: Json) -> list[str]:
    """Say what the source gave, and how prices became growth rates.

    Parameters
    ----------
    quality : dict
        `Ingested.quality`.
    basis : dict
        `Grown.basis`.

    Returns
    -------
    list of str
        Sentences.
    """
    source = f"Source: {quality['source'].rstrip('.')}."
    read = (
        f"Rows read: {quality['rows_read']:,}, of {plural(quality['firms_read'], 'firm')}; kept: "
        f"{plural(quality['firms_kept'], 'firm')} from {quality['first']} to {quality['last']} "
        f"({plural(quality['sessions'], 'session')})."
    )
    rate = (
        f"Growth rates are the daily log changes of the {PRICES[basis['used']]}, times "
        f"{basis['days_per_year']} (unit 1/year)"
    )
    free = basis["risk_free"]
    less = f", less a risk-free rate of {number(free, '.2%')} a year" if free else ""
    return [source, read, f"{rate}{less}."]


def training(summary: Json, history: pd.DataFrame) -> list[str]:
    """Say how the network was fitted.

    Parameters
    ----------
    summary : dict
        `Trained.summary`.
    history : DataFrame
        `Trained.history`, a row an epoch.

    Returns
    -------
    list of str
        Sentences.
    """
    if summary["epochs"] == 0:
        return ["The network is the pretrained one as it came: nothing was trained."]
    chosen = int(summary["best_epoch"])
    loss = number(history.set_index("epoch")["valid_loss"].get(chosen), ".4f")
    fitted = (
        f"{_article(model_title(summary['architecture']))} network of "
        f"{plural(summary['parameters'], 'parameter')} was fitted for "
        f"{plural(summary['epochs'], 'epoch')} in {number(summary['seconds'], '.0f')} s "
        f"({number(summary['targets_per_second'], ',.0f')} targets a second). "
    )
    if summary.get("refit"):
        again = plural(summary.get("refit_epochs", chosen), "epoch")
        fitted += (
            f"The loss on validation days was lowest after epoch {chosen} ({loss}). The network "
            f"was then fitted anew, to training and validation days, for {again}."
        )
    elif chosen == 0:
        fitted += f"None bettered what it started from ({loss}), which is kept as it came."
    else:
        fitted += f"The weights of epoch {chosen} were kept, whose validation loss was {loss}."
    clipped = history["clipped_share"].mean()
    return [
        *started(summary),
        fitted,
        f"Gradients were clipped on {number(clipped, '.0%')} of all steps.",
    ]


def started(summary: Json) -> list[str]:
    """Say what a network was trained from, and what else it could have been.

    Parameters
    ----------
    summary : dict
        `Trained.summary`.

    Returns
    -------
    list of str
        A sentence, or none where there was no choice.
    """
    if summary.get("start_reason"):
        return [f"It was trained from weights drawn anew. {summary['start_reason']}."]
    if len(summary.get("starts") or {}) < 2:
        return []
    losses = {name: scores["valid_loss"] for name, scores in summary["starts"].items()}
    kept = summary["start"]
    others = [f"{name} {number(losses[name], '.4f')}" for name in losses if name != kept]
    return [
        f"Of what it may start from, {STARTS[kept]} has the lowest loss on validation days: "
        f"{number(losses[kept], '.4f')}, beside {' and '.join(others)}. The pretrained network saw "
        f"growth to {summary['pretrained_to']}."
    ]


def shown(count: int, firms: int, days: int) -> str:
    """Say which firms' intervals are drawn; nothing when there are none."""
    if not count:
        return ""
    return (
        f"{plural(count, 'firm')} of {firms:,}, spread evenly from the calmest to the most "
        f"volatile before the test days and not picked by hand, over the last {days} test days at "
        "most."
    )


def similarity(span: tuple[date, date], peers: pd.DataFrame) -> list[str]:
    """Say what the similarity is, with the closest pairs as examples.

    Parameters
    ----------
    span : (date, date)
        First and last day that were compared.
    peers : DataFrame
        `symbol peer score`: the nearest peers of each firm.

    Returns
    -------
    list of str
        Sentences.
    """
    how = (
        "Two firms are similar when networks expect them to correlate, beyond the market, in the "
        f"half year to come: by the states of their days beside the others', from {span[0]} to "
        f"{span[1]}. 1 is the same, 0 unrelated."
    )
    pairs: dict[frozenset[str], str] = {}
    closest = peers.sort_values("score", ascending=False, kind="stable")
    for row in closest.to_dict("records"):
        firm, peer, score = str(row["symbol"]), str(row["peer"]), float(row["score"])
        pairs.setdefault(frozenset((firm, peer)), f"{firm} and {peer} ({number(score, '.2f')})")
    named = list(pairs.values())[:3]
    if not named:
        return [how, "No two firms have enough days in common to be compared."]
    return [how, f"The most similar: {listed(named)}."]


def remarks(firms: pd.DataFrame) -> list[str]:
    """Say what a reader must know before believing labels and histories.

    Parameters
    ----------
    firms : DataFrame
        `sector as_of` of the firms shown.

    Returns
    -------
    list of str
        On the labels' dates, on firms without a sector, and on survivorship.
    """
    stamps = sorted(firms["as_of"].dropna().astype(str).str[:10].unique())
    unknown = int((firms["sector"] == UNKNOWN).sum())
    missing = f"{unknown:,} of {plural(len(firms), 'firm')} without a known sector."
    return [_stamped(stamps), *([missing] if unknown else []), SURVIVORS]


def _stamped(stamps: list[str]) -> str:
    """Say when sectors and market capitalisations were read."""
    if not stamps:
        return (
            "Nothing says when sectors and market capitalisations were read; they may be of a "
            "later day than those compared."
        )
    read = stamps[0] if len(stamps) == 1 else f"{stamps[0]} to {stamps[-1]}"
    return (
        f"Sectors and market capitalisations are as read on {read}, not as they were on the days "
        "compared."
    )
