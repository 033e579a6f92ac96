"""What every request passes: guards, limits, load shedding, headers, logs."""
