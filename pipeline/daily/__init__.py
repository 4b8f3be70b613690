"""A scheduled run: from the day's prices to what is published, in steps that can be repeated."""
