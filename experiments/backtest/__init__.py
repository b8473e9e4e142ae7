"""A forecaster on recorded history: asked day by day as in the twin, with what had been recorded by then."""
