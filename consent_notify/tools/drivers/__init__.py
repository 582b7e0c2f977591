from .base import Accepted, Driver, Inbound, Later, Receipt, Refused, Text, Unknown

__all__ = ["Accepted", "Driver", "Inbound", "Later", "Receipt", "Refused", "Text", "Unknown"]
