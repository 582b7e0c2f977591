"""`python -m fake_twilio [port] [latency]`, run beside this package: tells its address, serves until stdin ends."""

import sys

from .twilio import FakeTwilio

if __name__ == "__main__":
    port, latency = [*sys.argv[1:], "0", "0"][:2]
    with FakeTwilio(latency=float(latency)) as fake:
        fake.keeps_requests = False
        sys.stdout.write(f"{fake.url}\n")
        sys.stdout.flush()
        sys.stdin.read()
