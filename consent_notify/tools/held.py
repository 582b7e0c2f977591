"""What a call holds while it runs: a savepoint that is rolled back empties `cr.cache`, and must take none of it."""

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class Import:
    """What one import brings: the codes of its numbers, and a meeting with another transaction at the vault."""

    codes: set = field(default_factory=set)
    conflict: Exception | None = None


FORM = ContextVar("consent_notify_form", default=None)  # a `Typed`, while a form is computed
IMPORT = ContextVar("consent_notify_import", default=None)


@contextmanager
def held(variable, value):
    """Let the call in this block hold `value`, and give it."""
    token = variable.set(value)
    try:
        yield value
    finally:
        variable.reset(token)
