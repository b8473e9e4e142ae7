"""Data contracts: event schemas by domain, decision points, catalogue columns. Needs pyarrow and nothing heavier."""
