"""The JSON API."""

from . import actions, openapi, push, queue, track

blueprints = (queue.bp, actions.bp, push.bp, track.bp, openapi.bp)
