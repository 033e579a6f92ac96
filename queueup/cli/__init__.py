"""The commands of an operator: back up, restore, invite a device."""
