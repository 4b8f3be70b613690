"""From firms' days to states, and from states to what networks expect of pairs."""
