"""What templates need: the locale, filters, and why nobody can join."""
