"""The JSON API."""

from . import actions, openapi, push, queue, reports, track

blueprints = (queue.bp, actions.bp, reports.bp, push.bp, track.bp, openapi.bp)
