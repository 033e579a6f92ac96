"""The names of the background processes, for code that starts them and must not import them."""

# A worker has the name of its queue in storage/job_queues.py, which loads RQ.
URGENT = "urgent"
LATER = "later"
SCHEDULER = "scheduler"
NAMES = (URGENT, LATER, SCHEDULER)
