"""The snapshot endpoint that every page polls, and its conditional GET."""
