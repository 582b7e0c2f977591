"""A customer's thumb on pages without scripts, in Chromium: tours need a page that runs them, these run nothing."""

import json
import threading
from contextlib import ExitStack, contextmanager

from odoo.tests.common import ChromeBrowser

SECONDS = 20


@contextmanager
def plain_browser(test):
    """Yield a `Hand` in a browser of the size of `test` (an HttpCase), whose requests see its transaction."""
    browser = ChromeBrowser(test)
    with test.allow_requests(browser=browser), ExitStack() as at_exit:
        at_exit.callback(test._wait_remaining_requests)
        at_exit.callback(browser.stop)
        test.authenticate(None, None, browser=browser)
        test.cr.flush()
        test.cr.clear()
        yield Hand(test, browser)


class Hand:
    """Opens, reads, types and presses what is visible, as a person would; a press waits for the next page."""

    def __init__(self, test, browser):
        self.test, self.browser = test, browser

    def open(self, path):
        self.browser.navigate_to(self.test.base_url() + path, wait_stop=True)
        self.fits()

    def run(self, code):
        """Return the value of a JavaScript expression; DevTools may, whatever the page itself forbids."""
        answer = self.browser._websocket_request("Runtime.evaluate", params={"expression": code, "returnByValue": True})
        self.test.assertNotIn("exceptionDetails", answer, code)
        return answer["result"].get("value")

    def sees(self, selector):
        """Tell whether an element stands on the page, whether scrolled to or not, and takes up room there."""
        return self.run(f"Boolean(document.querySelector({json.dumps(selector)})?.getClientRects().length)")

    def text(self):
        return self.run("document.body.innerText")

    def fits(self):
        wide, screen = self.run("[document.documentElement.scrollWidth, window.innerWidth]")
        self.test.assertLessEqual(wide, screen, "sticks out to the right")

    def tap(self, selector):
        """Tap the middle of an element that is big enough for a thumb and not covered by another."""
        found = self.run(
            f"""(() => {{
                const element = document.querySelector({json.dumps(selector)});
                element.scrollIntoView({{ block: "center", behavior: "instant" }});
                const {{ x, y, width, height }} = element.getBoundingClientRect();
                const [left, top] = [x + width / 2, y + height / 2];
                const hit = document.elementFromPoint(left, top);
                return [left, top, height, element.contains(hit) || hit.contains(element)];
            }})()"""
        )
        left, top, height, is_hit = found
        self.test.assertTrue(is_hit, f"{selector} is covered")
        self.test.assertGreaterEqual(height, 18, f"{selector} is too small")
        for kind in ("mousePressed", "mouseReleased"):
            params = {"type": kind, "x": left, "y": top, "button": "left", "clickCount": 1}
            self.browser._websocket_request("Input.dispatchMouseEvent", params=params)

    def press(self, selector):
        """Tap what leads to another page and wait until it is there."""
        arrived = threading.Event()
        tree = self.browser._websocket_request("Page.getFrameTree")
        self.browser._frames[tree["frameTree"]["frame"]["id"]] = arrived.set
        self.tap(selector)
        self.test.assertTrue(arrived.wait(SECONDS), f"{selector} leads nowhere")
        self.fits()

    def type(self, selector, words):
        self.tap(selector)
        self.browser._websocket_request("Input.insertText", params={"text": words})

    def choose(self, selector, value):
        self.run(f"void (document.querySelector({json.dumps(selector)}).value = {json.dumps(value)})")
