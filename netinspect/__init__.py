"""See which socket, port, queue or limit of a Linux host is going wrong, and why."""

__version__ = "0.1.0"
