"""A replenishment policy for linli, in a package of its own."""
