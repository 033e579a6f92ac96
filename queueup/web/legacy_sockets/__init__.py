"""The WebSocket route of legacy clients; deleting this folder ends the migration."""
