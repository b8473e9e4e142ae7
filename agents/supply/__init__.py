"""From the field to the shop door: ripening, harvest, line-haul, hub, routes."""
