"""What the dispatcher asks of a provider, and all that a provider may answer. Plain Python: no `env`, no database.

A driver is made anew for a batch and used by several threads at once. None of its values shows a number or a text
when printed, and nothing here is logged.
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Text:
    """One text on its way out: `to` in E.164, `callback` the address for what becomes of it ("" for none)."""

    uuid: str
    to: str = field(repr=False)
    body: str = field(repr=False)
    callback: str = field(default="", repr=False)


# ------------------------------------------------------------ what `send` answers


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it, under this id; `segments`: how many SMS it counts, 0 where it does not tell."""

    provider_id: str
    segments: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider does not want it, and it was not sent.

    `reason` is a failure type of `sms.sms`; `stops_batch` says that the account is at fault, so that no other text
    would fare better, or none to a number that begins with `prefix`; `words` are the provider's own, without numbers.
    """

    reason: str
    stops_batch: bool = False
    words: str = field(default="", repr=False)
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """It was certainly not accepted and may be sent again, not before `seconds` from now (None: as you like).

    `alone`: it is this recipient who has to wait, and other texts would fare better.
    """

    seconds: float | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been accepted. Nobody sends it again; reports and a look-up may tell."""


# ------------------------------------------------------------ what providers tell later


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an accepted text: `status` is "sent", "delivered" or "failed", `reason` a failure type or ""."""

    provider_id: str
    status: str
    reason: str = ""
    segments: int = 0
    price: float = 0.0
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A text from a customer; `is_answered` says that the provider has answered its STOP or HELP already."""

    provider_id: str
    sender: str = field(repr=False)
    to: str = field(repr=False)
    body: str = field(repr=False)
    is_answered: bool = False


class Driver:
    """A provider. `in_flight` requests may run at once, at most `per_second` of them started in a second (0: any).

    A request that takes longer than `patience` seconds is given up as `Unknown`, whatever the driver still waits for.
    """

    in_flight = 1
    per_second = 0.0
    patience = 60.0

    def send(self, text: Text) -> Accepted | Refused | Later | Unknown:
        """Hand over one text. Never raises: what cannot be told is `Unknown`. Called from threads."""
        raise NotImplementedError

    def lookup(self, text: Text, since: datetime, taken=frozenset()) -> Accepted | Receipt | None | Unknown:
        """Tell what became of a text whose outcome is unknown; None: the provider certainly never had it.

        In the body, `[link]` and `[code]` stand for what was made when it left. `taken`: ids of other texts.
        """
        return Unknown()

    def redact(self, provider_id: str) -> bool | Receipt:
        """Have the provider forget the words and the number of a finished text; False: it did not say that it did.

        A `Receipt` is a yes as well, with what the provider tells on that occasion, such as the price.
        """
        return False


class Misconfigured(Driver):
    """An account that lacks something: it refuses every text, saying why, and calls nobody."""

    def __init__(self, reason):
        self.reason = reason

    def send(self, text):
        return Refused(self.reason, stops_batch=True)
