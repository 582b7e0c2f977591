"""The mark by which our own code says what an SMS is for."""


class SmsPurpose(str):
    """Code of a purpose, set in the context as `sms_purpose_code` by code that knows what it sends.

    A context that comes over RPC holds plain texts only, so nobody outside the server can make one.
    """

    __slots__ = ()
