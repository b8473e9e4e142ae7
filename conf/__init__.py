"""The packaged configuration: Hydra groups and the sourced tables, data only."""
