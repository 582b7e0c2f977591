"""The clock of a connection's PostgreSQL process, for the processes that measure: each runs as a script of its own."""

from pathlib import Path


def backend_clock(cr):
    """Return a function that tells the seconds this connection's PostgreSQL process has computed, None if unknown."""
    cr.execute("SELECT pg_backend_pid()")
    [pid] = cr.fetchone()
    process = Path(f"/proc/{pid}")
    # On another host the same number is another program's, and other systems have no such file.
    if not (process / "schedstat").exists() or cr.dbname.encode() not in (process / "cmdline").read_bytes():
        return None
    # Workers of its own would compute uncounted; both sides do without.
    cr.execute("SET max_parallel_workers_per_gather = 0")
    cr.commit()  # pylint: disable=invalid-commit
    return lambda: int((process / "schedstat").read_text().split()[0]) / 1e9
