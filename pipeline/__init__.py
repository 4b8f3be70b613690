"""From the daily prices of firms to forecasts, hidden states and peers."""

__version__ = "0.1.0"
