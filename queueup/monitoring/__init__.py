"""Health, job queues, and the day's statistics."""
