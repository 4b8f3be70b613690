"""Networks that come with firmament: trained on other firms, and asked about any."""
