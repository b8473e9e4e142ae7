"""Devices and physics: bodies, cargo, thermometers. Knows no retail."""
