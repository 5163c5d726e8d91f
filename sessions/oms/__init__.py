"""A small OMS: orders from a file or a program, sent over FIX and followed to their end."""
