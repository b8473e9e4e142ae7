"""Fixed cold places: true temperatures, what loggers make of them, and the alarms that follow."""
