"""How the parties of a test were reached, as the program finds out."""

from redis import Redis

from queueup.history.recorder import Reached
from queueup.notifications.call_channels import CallChannels
from queueup.notifications.subscriptions import Subscriptions


def reached_in(redis: Redis) -> Reached:
    """Return what tells a recorder how the parties in this Redis were reached."""
    return CallChannels(redis, Subscriptions(redis)).of
