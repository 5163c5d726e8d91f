"""The duty cycle: poll, decide, record, send, idle."""
