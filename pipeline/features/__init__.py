"""What networks see of a day: pure functions of growth and trading, a declared list."""
