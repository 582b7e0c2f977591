"""Marks that our own code puts into a context, to say what only code may say.

A context that comes by RPC holds plain texts and lists, so nobody outside the server can make one. Odoo shares one
environment among equal contexts: a mark must not equal the plain value it looks like.
"""


class _TextMark(str):
    __slots__ = ()

    def __eq__(self, other):
        return type(other) is type(self) and str.__eq__(self, other)

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash((type(self), str(self)))


class SmsPurpose(_TextMark):
    """Code of a purpose, set as `sms_purpose_code` by code that knows what it sends."""

    __slots__ = ()


class PrintDoor(_TextMark):
    """The name of a report that may print numbers, set as `consent_notify_print` while it is rendered."""

    __slots__ = ()


class Printer(_TextMark):
    """The id of the user who prints, set as `consent_notify_printer` by the route that prints alone."""

    __slots__ = ()


class OwnFilter(_TextMark):
    """The automations, set as `consent_notify_filter` while their own conditions are looked at."""

    __slots__ = ()


class AskLink(_TextMark):
    """Set as `consent_notify_ask_link` while an e-mail to a customer is written: elsewhere its link is not live."""

    __slots__ = ()
