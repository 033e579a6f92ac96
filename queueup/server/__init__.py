"""One command that runs everything: Redis, web server, workers and scheduler."""
