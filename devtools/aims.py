"""What a benchmark aims at: a table that says what was met, and an exit status that fails what was clearly missed."""

from .ui import say

# Machines differ, and busy ones more so: what misses its aim by no more than this share is marked, and passes.
TOLERANCE = 0.1
SEALING = 0.5  # rows a second, of those of a bare UPDATE
FINDING = 1.05  # the time of finding one contact by number, of that without the addon


class Aims:
    """The rows of a table, told as they come."""

    def __init__(self, width=44, told=34):
        self._width, self._told = width, told
        self.missed = []

    def at_most(self, title, told, value, aim, named=None, more=""):
        """Tell a row whose `value` should not be more than `aim`; `named` is how the aim is written."""
        self._row(title, told, named or f"≤ {aim:g}", value <= aim, value <= aim * (1 + TOLERANCE), more)

    def at_least(self, title, told, value, aim, named=None, more=""):
        """Tell a row whose `value` should not be less than `aim`."""
        self._row(title, told, named or f"≥ {aim:g}", value >= aim, value >= aim * (1 - TOLERANCE), more)

    def just(self, title, told, more=""):
        """Tell a row that nothing is expected of."""
        self._row(title, told, "", True, True, more)

    def _row(self, title, told, aim, met, passes, more):
        say(f"{title:<{self._width}} {told:>{self._told}} {aim:>10} {'✓' if met else '✗'} {more}".rstrip())
        if not passes:
            self.missed.append(title)

    def status(self):
        """Tell which aims were missed by more than the tolerance; return the exit status, 1 if any was."""
        if not self.missed:
            return 0
        say(f"Missed by more than {TOLERANCE:.0%}: {'; '.join(self.missed)}.")
        return 1
