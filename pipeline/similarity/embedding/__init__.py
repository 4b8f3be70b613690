"""From hidden states to vectors: responses, directions, sums over blocks of days."""
