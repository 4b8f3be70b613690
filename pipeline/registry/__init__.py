"""MLflow's registry of models: forecasters, champion and challenger, and what was decided."""
