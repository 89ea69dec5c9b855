"""Reads the kernel and interprets nothing: the only part that may need privilege.

Standard library only, Python 3.8 or newer. It imports nothing else of netinspect, runs no other
program, never writes to the kernel and opens no network connection.
"""
