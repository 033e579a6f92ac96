"""How the service is doing: health, job queues, and the day's statistics."""
