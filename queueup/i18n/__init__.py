"""The languages that guests can choose, and their translations."""
