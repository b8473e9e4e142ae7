"""The engine of the twin; it knows no retail."""
