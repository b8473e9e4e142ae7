"""Which truck serves which shop, in which order."""
