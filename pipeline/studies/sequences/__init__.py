"""Sequences to forecast day by day: of growth, of chains, and what forecasts them."""
