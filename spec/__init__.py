"""The rules of FIX as data, and their readers: data dictionaries, validation, dialects."""
