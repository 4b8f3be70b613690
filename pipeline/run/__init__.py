"""What runs a plan of stages: reuse by fingerprint, and one MLflow run a configuration."""
