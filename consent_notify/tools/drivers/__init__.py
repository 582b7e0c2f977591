from .base import Accepted, Driver, Inbound, Later, Misconfigured, Receipt, Refused, Text, Unknown

__all__ = ["Accepted", "Driver", "Inbound", "Later", "Misconfigured", "Receipt", "Refused", "Text", "Unknown"]
