"""What a claim is answered with."""
