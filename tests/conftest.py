"""What the tests of the whole system share. They drive a real server; nothing runs in the test's own process."""

import os
from dataclasses import dataclass
from functools import partial

import pytest

from devtools import database
from devtools.demo import SALESPERSON, set_up
from devtools.postgres import get_server
from devtools.server import Server, free_port, serving
from devtools.story import Story, tell


@dataclass(frozen=True)
class Shop:
    """A running shop in which the demo's story has happened."""

    server: Server
    story: Story

    def psql(self, query):
        return get_server().psql(query, self.server.database)


@pytest.fixture(scope="session")
def template():
    """The database with the addon and demo data that `./dev test` made."""
    return os.environ.get("CONSENT_NOTIFY_TEMPLATE") or database.get_template()


@pytest.fixture(scope="session")
def make_clone(template):
    """A function that clones the template; the clones go when the tests end."""
    made = []

    def clone(purpose):
        name = f"test_{purpose}_{os.getpid()}"
        made.append(name)
        database.clone(template, name)
        return name

    yield clone
    for name in made:
        database.drop(name)


@pytest.fixture(scope="session")
def shop(make_clone):
    """A running shop with one order, told by the same code as `./dev demo` tells it."""
    name = make_clone("story")
    set_up(name)
    with serving(name, free_port()) as server:
        yield Shop(server, tell(server, partial(get_server().psql, database=name), SALESPERSON))
