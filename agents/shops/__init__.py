"""The shop: its owner, its shelves, its pick-up room."""
