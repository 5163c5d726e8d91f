"""The wire and the world: QuickFIX sessions, the duty cycle, simulators, the command line."""
