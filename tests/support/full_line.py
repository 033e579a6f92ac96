"""A line in which a hundred guests wait, as it is stored for readers."""

from queueup.domain.change import NOBODY, changed
from queueup.domain.commands.guest import Join, join
from queueup.domain.commands.session import create
from queueup.domain.model import OnExpiry, QueueSettings
from queueup.domain.views import snapshot
from queueup.storage import codec


def full_line() -> str:
    """Return the JSON of its snapshot."""
    settings = QueueSettings("Lucia", 100, 600_000, OnExpiry.FLAG)
    queue = create("ABC234", "session", settings, 0, None).queue
    for number in range(100):
        wish = Join(f"{number:036}", f"Guest {number}", 1, None)
        queue = changed(queue, join(queue, wish, number), NOBODY).queue
    return codec.dumps(snapshot(queue))
