"""Middleware for every request: guards, rate limits, load shedding, headers and logs."""
