from .faults import NAMED, Fault
from .server import Answer, Request, Server
from .twilio import SID, TOKEN, FakeTwilio, ask, post, sign

__all__ = ["NAMED", "SID", "TOKEN", "Answer", "FakeTwilio", "Fault", "Request", "Server", "ask", "post", "sign"]
