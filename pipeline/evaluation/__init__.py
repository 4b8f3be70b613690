"""From forecasts to scores, always beside the baselines on the same days."""
