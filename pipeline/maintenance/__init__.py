"""Looking after what runs leave behind: what is sound, what is referenced, what can go."""
