"""From prices to the panel that networks see."""
