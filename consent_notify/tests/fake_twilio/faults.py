"""How a provider can fail, by name."""

from dataclasses import dataclass, field

HTML = "<html><body><h1>The server is unwell</h1></body></html>"


@dataclass
class Fault:
    """Something that befalls the next `times` requests (0: all of them, until it is lifted).

    `to` limits it to texts to one number, `method` to one kind of request. `accept` says that the text is accepted
    whatever the answer looks like; `status` 0 leaves the answer as it is.
    """

    times: int = 1
    to: str = ""
    method: str = "POST"
    accept: bool = False
    status: int = 0
    code: int = 0
    message: str = "The request was refused"
    body: str | None = None
    headers: dict = field(default_factory=dict)
    latency: float = 0.0
    ending: str = ""
    pause: float = 0.01


NAMED = {
    "latency": {},
    "throttled": {"status": 429, "code": 20429, "message": "Too Many Requests"},
    "server_error": {"status": 500, "body": HTML},
    "bad_gateway": {"status": 502, "body": HTML},
    "garbled": {"status": 201, "body": HTML, "accept": True},
    "nameless": {"status": 201, "body": "{}", "accept": True},
    "reset_before": {"ending": "reset"},
    "reset_after": {"ending": "reset", "accept": True},
    "silence": {"ending": "silence", "accept": True},
    "slow": {"ending": "slow", "accept": True},
    "refused": {"status": 400},
}


def make(name, retry_after=None, **options):
    """Return the fault of this name.

    :param retry_after: seconds for the header of that name
    :param options: fields of `Fault` that differ from what the name says
    """
    fault = Fault(**{**NAMED[name], **options})
    if retry_after is not None:
        fault.headers = {**fault.headers, "Retry-After": str(retry_after)}
    return fault
