"""Error texts of applications → what happened, to which connection.

Knows how runtimes and servers word their errors; knows nothing of this host.
"""
