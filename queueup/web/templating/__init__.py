"""What templates need: locale, filters, QR codes, and why guests cannot join."""
