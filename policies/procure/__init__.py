"""What head office asks suppliers for."""
