"""Where demand comes from: living residents, or the replay of recorded sales."""
