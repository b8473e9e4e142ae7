"""Which group-buys are opened, and who is written to."""
