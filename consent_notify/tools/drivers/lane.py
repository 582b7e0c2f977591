"""Requests of one driver in flight: threads that send, and how fast they may. No `env`, no database."""

import logging
import threading
import time
from collections import deque

from .base import Accepted, Later, Refused, Unknown

_logger = logging.getLogger(__name__)

# Seconds that claimed texts may wait here for a provider that asked for a pause; beyond it they go back to the queue.
PAUSE = 5.0
# Seconds after which what was held back for the account's sake is tried again.
HELD = 900.0
# So many texts in a row that could not be handed over mean that nobody is there.
DEAD = 8


class Lane:
    """Takes texts, calls the driver from threads and puts (text, outcome) into `done`.

    It starts with one request at a time and doubles with what succeeds, up to the driver's `in_flight`; "too many
    requests" halves it, and from there it grows by one at a time. A text that was not handed over comes back as None
    together with the seconds that it should wait: `take_back`. What the provider asked for outlives the lane:
    `take_holds` tells the next one's `hold` of it.

    :param done: a queue with `put`, for the outcomes
    """

    def __init__(self, driver, done, clock=time.monotonic):
        self.driver, self.done, self.clock = driver, done, clock
        self.waiting = deque()
        self.running = {}  # {ticket: (text, when it began)}
        self.held = {}  # {beginning of a number: until when}; "" is every number
        self.paused = 0.0  # until when the provider asked for a pause
        self.limit, self.top = 1.0, float(driver.in_flight)
        self.threshold = self.top
        self.slowed = self.failed = 0
        self.not_before = clock() + (1.0 / driver.per_second if driver.per_second else 0.0)
        self._changed = threading.Condition()
        self._back = []
        self._learnt = {}  # {beginning of a number: seconds} of what is held and nobody was told of
        self._threads = self._tickets = 0
        self._closed = False

    # ------------------------------------------------------------ for the dispatcher

    def put(self, texts):
        """Take texts to send."""
        with self._changed:
            now = self.clock()
            for text in texts:
                self._hold_or_wait(text, now)
            self._man()
            self._changed.notify(len(self.waiting))

    def close(self):
        """Let the threads go. What runs still comes to `done`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def room(self, most):
        """Return how many more texts it makes sense to claim for this lane."""
        with self._changed:
            if self._seconds_held("", self.clock()) > 0:
                return 0
            if self.driver.per_second:
                most = max(1, min(most, int(self.driver.per_second)))
            return most if len(self.waiting) <= most // 2 else 0

    def is_held(self):
        """Tell whether no text at all may go."""
        with self._changed:
            return self._seconds_held("", self.clock()) > 0

    def hold(self, prefix, seconds):
        """Send nothing to numbers that begin so: the provider said so to another lane. A short pause is waited for."""
        with self._changed:
            if prefix or seconds > PAUSE:
                self._hold(prefix, seconds)
            else:
                self.not_before = max(self.not_before, self.clock() + seconds)

    def take_holds(self, is_over=False):
        """Return {beginning of a number: seconds} of what answers have put off since the last call.

        :param is_over: also the short pause that this lane itself would have waited for
        """
        with self._changed:
            learnt, self._learnt = self._learnt, {}
            left = self.paused - self.clock()
            if is_over and left > 0.5 and self._seconds_held("", self.clock()) <= 0:
                learnt[""] = left
            return learnt

    def is_busy(self):
        """Tell whether texts are here that nobody has heard of again."""
        with self._changed:
            return bool(self.waiting or self.running or self._back)

    def take_back(self, everything=False):
        """Return [(text, seconds to wait)] of what was not handed over, and stop what takes too long.

        :param everything: also what only waits for its turn
        """
        with self._changed:
            if everything:
                self._back += [(text, 0.0) for text in self.waiting]
                self.waiting.clear()
            back, self._back = self._back, []
            late = self.clock() - self.driver.patience
            for ticket, (text, began) in list(self.running.items()):
                if began < late:
                    # Whatever that thread still hears comes too late.
                    del self.running[ticket]
                    self._threads -= 1
                    self.done.put((text, Unknown()))
            self._man()
            return back

    def _man(self):
        """Have as many threads as there may be requests."""
        while self._threads < min(self.driver.in_flight, len(self.waiting) + len(self.running)):
            self._threads += 1
            threading.Thread(target=self._work, daemon=True, name="sms").start()

    # ------------------------------------------------------------ in the threads

    def _work(self):
        while True:
            with self._changed:
                started = self._start()
                if not started:
                    self._threads -= 1
                    return
            ticket, text = started
            try:
                outcome = self.driver.send(text)
            except Exception as error:
                # A driver's own mistake: nobody knows how far it came. Its words may hold the number.
                _logger.error("The driver of an SMS provider failed with %s.", type(error).__name__)
                outcome = Unknown()
            with self._changed:
                if not self.running.pop(ticket, None):
                    return  # given up meanwhile
                self._learn(outcome)
                self.done.put((text, outcome))
                self._changed.notify()  # this thread takes the place that became free; there may be one more

    def _start(self):
        """Return (ticket, text) when one may go, or None when the lane is closed."""
        while not self._closed:
            pause = self.not_before - self.clock()
            if self.waiting and pause <= 0 and len(self.running) < int(self.limit):
                text = self.waiting.popleft()
                self._tickets += 1
                self.running[self._tickets] = (text, self.clock())
                if self.driver.per_second:
                    self.not_before = self.clock() + 1.0 / self.driver.per_second
                return self._tickets, text
            self._changed.wait(max(pause, 0.001) if self.waiting and pause > 0 else 1.0)
        return None

    def _learn(self, outcome):
        """Find out from an outcome how fast the provider likes it."""
        if isinstance(outcome, Later) and not outcome.alone:
            self._slow_down(outcome.seconds)
            return
        self.failed = 0
        if isinstance(outcome, Refused) and outcome.stops_batch:
            self._learn_hold(outcome.prefix, HELD)
        elif isinstance(outcome, (Accepted, Refused, Later)):
            grown = self.limit + (1.0 if self.limit < self.threshold else 1.0 / self.limit)
            self.limit = min(self.top, grown)

    def _slow_down(self, seconds):
        now = self.clock()
        self.failed += 1
        if now >= self.slowed:
            # Once for all that were in flight together.
            self.limit = self.threshold = max(1.0, self.limit / 2)
            self.slowed = now + 0.5
        pause = seconds if seconds is not None else min(0.1 * 2**self.failed, PAUSE)
        self.paused = max(self.paused, now + pause)
        self.not_before = max(self.not_before, self.paused)
        if pause > PAUSE or self.failed >= DEAD:
            self._learn_hold("", max(pause, 30.0))

    def _learn_hold(self, prefix, seconds):
        self._learnt[prefix] = max(seconds, self._learnt.get(prefix, 0.0))
        self._hold(prefix, seconds)

    def _hold(self, prefix, seconds):
        """Send no more texts to numbers that begin so: they go back."""
        now = self.clock()
        self.held[prefix] = max(now + seconds, self.held.get(prefix, 0.0))
        texts, self.waiting = self.waiting, deque()
        for text in texts:
            self._hold_or_wait(text, now)

    def _hold_or_wait(self, text, now):
        seconds = self._seconds_held(text.to, now)
        if seconds > 0:
            self._back.append((text, seconds))
        else:
            self.waiting.append(text)

    def _seconds_held(self, number, now):
        """Return how long nothing goes to a number, 0 or less if it may; "" asks about all of them together."""
        left = [until - now for prefix, until in self.held.items() if number.startswith(prefix)]
        return round(max(left, default=0.0), 3)
