"""Policies that forecast what will be asked for at a shop's counter."""
