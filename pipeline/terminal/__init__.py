"""What a person sees: progress while a run goes on, and tables of what was found."""
