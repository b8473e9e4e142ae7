"""What a pack costs today."""
