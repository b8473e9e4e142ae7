"""What a member sees: slates."""
