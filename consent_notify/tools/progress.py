"""How far something long is: in the log every few seconds, and as a bar on a terminal."""

import logging
import sys
import time

_logger = logging.getLogger(__name__)

EVERY = 5  # seconds between two lines of the log
BAR = 30  # characters


class Progress:
    """Called with (done, total) after every batch; `title` holds one `%s` for the number of rows."""

    def __init__(self, title, clock=time.monotonic, terminal=sys.stderr):
        self.title, self.clock, self.terminal = title, clock, terminal
        self.done = 0

    def __enter__(self):
        self.started = self.clock()
        self.logged = None
        return self

    def __exit__(self, kind, error, trace):
        if self.done and self.terminal.isatty():
            self._draw("")
        if self.done and kind is None:
            _logger.info(f"{self.title} in %.1f s (%s rows/s).", f"{self.done:,}", self._seconds(), self._rate())

    def __call__(self, done, total):
        self.done = done
        share = done / max(total, 1)
        # The first batch at once: who watches the log sees that it has begun.
        if done < total and (self.logged is None or self.clock() - self.logged >= EVERY):
            self.logged = self.clock()
            _logger.info(
                f"{self.title} of %s so far (%.0f %%, %s rows/s).",
                f"{done:,}", f"{total:,}", 100 * share, self._rate(),
            )  # fmt: skip
        if self.terminal.isatty():
            bar = "█" * round(BAR * share)
            self._draw(f"{bar:░<{BAR}} {share:4.0%}  {self._rate()} rows/s")

    def _draw(self, text):
        self.terminal.write(f"\r\x1b[K{text}")
        self.terminal.flush()

    def _seconds(self):
        return self.clock() - self.started

    def _rate(self):
        return f"{self.done / max(self._seconds(), 1e-3):,.0f}"
