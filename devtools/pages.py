"""A customer's browser, as far as a shop needs one: cookies, forms, the words on a page."""

import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser

from .ui import Stop

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


class Element:
    """One element of a page."""

    def __init__(self, tag, attributes, parent=None):
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.content = []

    def get(self, name, default=""):
        """Return an attribute's text."""
        return self.attributes.get(name, default)

    def all(self, tag=None, css=None, **attributes):
        """Return the elements inside with this tag, class and attributes, in the order of the page."""
        return [
            element
            for element in self._walk()
            if (tag is None or element.tag == tag)
            and (css is None or css in element.get("class").split())
            and all(element.get(name, None) == value for name, value in attributes.items())
        ]

    def one(self, tag=None, css=None, **attributes):
        """Return the first such element; stop if the page has none."""
        found = self.all(tag, css, **attributes)
        if not found:
            raise Stop(f"The shop's page has no {css or tag or 'element'} {attributes or ''}: has a template changed?")
        return found[0]

    @property
    def text(self):
        """The words inside, with single blanks."""
        words = "".join(part if isinstance(part, str) else f" {part.text} " for part in self.content)
        return " ".join(words.split())

    def values(self):
        """Return what a browser would send for this form, untouched: {name: value}."""
        sent = {}
        for field in self.all():
            name = field.attributes.get("name")
            if not name or "disabled" in field.attributes:
                continue
            if field.tag == "input":
                if field.get("type") in ("checkbox", "radio") and "checked" not in field.attributes:
                    continue
                if field.get("type") not in ("submit", "button", "file"):
                    sent[name] = field.get("value", "")
            elif field.tag == "select":
                options = field.all("option")
                chosen = [option for option in options if "selected" in option.attributes] or options[:1]
                sent[name] = chosen[0].get("value") if chosen else ""
            elif field.tag == "textarea":
                sent[name] = field.text
        return sent

    def _walk(self):
        for part in self.content:
            if isinstance(part, Element):
                yield part
                yield from part._walk()


class _Builder(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.here = Element("document", {})

    def handle_starttag(self, tag, attrs):
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.content.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag, attrs):
        self.here.content.append(Element(tag, {name: value or "" for name, value in attrs}, self.here))

    def handle_endtag(self, tag):
        element = self.here
        while element.parent and element.tag != tag:
            element = element.parent
        if element.parent:
            self.here = element.parent

    def handle_data(self, data):
        if self.here.tag not in ("script", "style"):
            self.here.content.append(data)


class Browser:
    """One visitor of the server at `url`, whose browser prefers `lang`."""

    def __init__(self, url, lang="en"):
        self.url = url
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self._opener.addheaders = [("User-Agent", "consent_notify"), ("Accept-Language", lang)]
        self.address = url

    def get(self, path):
        """Open a page and return it as an element."""
        builder = _Builder()
        # A product's address may be written in its own letters, as browsers show it.
        address = urllib.parse.quote(self.url + path, safe=":/?&=%#+,;@")
        builder.feed(self._send(urllib.request.Request(address)))
        return builder.root

    def post(self, path, values):
        """Send a form as a script of the page does and return the JSON answer."""
        return json.loads(self._send(urllib.request.Request(self.url + path, urllib.parse.urlencode(values).encode())))

    def submit(self, path, values):
        """Send a form as the browser itself does; what comes back is not read."""
        self._send(urllib.request.Request(self.url + path, urllib.parse.urlencode(values).encode()))

    def deliver(self, path, values, headers):
        """Send a form as another server does and return the answer's text."""
        body = urllib.parse.urlencode(values).encode()
        return self._send(urllib.request.Request(self.url + path, body, headers))

    def rpc(self, path, **params):
        """Call a JSON-RPC address and return its result."""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        request = urllib.request.Request(self.url + path, body, {"Content-Type": "application/json"})
        answer = json.loads(self._send(request))
        if "error" in answer:
            raise Stop(f"The shop refused {path}: {answer['error'].get('data', {}).get('message', 'no reason given')}")
        return answer.get("result")

    def sign_in(self, name, login, password):
        """Sign in to the database `name`."""
        self.rpc("/web/session/authenticate", db=name, login=login, password=password)
        return self

    def call(self, model, method, *args, **kwargs):
        """Call a method of a model as the one who is signed in."""
        return self.rpc(f"/web/dataset/call_kw/{model}/{method}", model=model, method=method, args=args, kwargs=kwargs)

    def _send(self, request):
        try:
            with self._opener.open(request, timeout=60) as answer:
                self.address = answer.geturl()
                return answer.read().decode()
        except urllib.error.URLError as error:
            path = urllib.parse.urlsplit(request.full_url).path
            raise Stop(f"The shop did not serve {path} ({error}): read the server's log below .dev/.") from error
