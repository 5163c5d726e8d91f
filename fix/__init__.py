"""The FIX protocol as values: tags, enumerations, messages, and the business vocabulary."""
