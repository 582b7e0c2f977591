"""The mark by which our own code says what an SMS is for."""


class SmsPurpose(str):
    """Code of a purpose, set in the context as `sms_purpose_code` by code that knows what it sends.

    A context that comes over RPC holds plain texts only, so nobody outside the server can make one.
    """

    __slots__ = ()

    # Odoo shares one environment among equal contexts: a mark must not equal the plain text of it.
    def __eq__(self, other):
        return isinstance(other, SmsPurpose) and str.__eq__(self, other)

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash((SmsPurpose, str(self)))
