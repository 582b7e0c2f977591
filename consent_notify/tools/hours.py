"""Hours between which a customer wants texts. Plain Python: whole hours of a day, by the customer's own clock."""

# What no law calls night: the widest window a customer may choose from.
EARLIEST, LATEST = 8, 21
NO_WISH = (0, 0)


def are_possible(hours):
    """Tell whether (from, to) is a window that may be chosen, or no wish at all."""
    return hours == NO_WISH or EARLIEST <= hours[0] < hours[1] <= LATEST


def read_hours(hour_from, hour_to):
    """Return (from, to) of two fields of a form, `NO_WISH` if both are empty, or None for what cannot be."""
    offered = {"": 0, **{str(hour): hour for hour in range(EARLIEST, LATEST + 1)}}
    hours = (offered.get(hour_from, -1), offered.get(hour_to, -1))
    return hours if are_possible(hours) else None
