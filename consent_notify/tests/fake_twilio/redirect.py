"""For processes that a test or a benchmark starts: whatever is meant for Twilio goes to a fake instead."""

from urllib.parse import urlsplit

API = "https://api.twilio.com"


def redirect(url):
    """Send what `requests` would send to Twilio to the fake at `url`, and nothing else beyond this machine."""
    import requests

    real = requests.Session.send

    def send(session, request, **options):
        if request.url.startswith(API):
            request.url = url + request.url.removeprefix(API)
        elif urlsplit(request.url).hostname not in ("127.0.0.1", "localhost"):
            raise requests.ConnectionError("Nothing but the fake may be called here.")
        return real(session, request, **options)

    requests.Session.send = send
