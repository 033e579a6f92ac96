"""What can be done with a queue: pure functions that return a change or refuse."""
