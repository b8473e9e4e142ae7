"""Households: who they are, when they come, what they choose, what they remember."""
