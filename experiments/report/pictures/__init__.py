"""The pictures of a report, one file a kind; each takes figures and returns a picture."""
