"""A trained network that can be asked: recent growth in, quantiles of the next sessions out."""
