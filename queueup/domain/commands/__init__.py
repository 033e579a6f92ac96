"""What can be done with a queue: pure functions that decide which events happen.

A command returns no events when there is nothing to change, and raises a QueueError to refuse. It
never reads a clock or makes an id: `now` and ids are arguments, so deciding again after a lost race
is free. `change.changed` applies the events.
"""
