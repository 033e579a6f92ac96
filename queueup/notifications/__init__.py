"""Web Push: who is notified of what, in which words, on which device."""
