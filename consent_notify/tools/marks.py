"""Marks that code puts into a context. Values of a context that came by RPC are plain: they cannot pose as one."""


class Typed(dict):
    """What a person typed into sealed fields: {field: text}.

    Only code makes one. A context that came by RPC holds plain dicts: else a list of guesses there would have the
    right one shown whole.
    """


class PrintDoor(str):
    """The name of a report that may print numbers. Only code makes one: a context that came by RPC holds plain texts."""
