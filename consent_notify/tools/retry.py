"""A step of a long job, done again when somebody was in the way: web requests do so by themselves, crons do not."""

from psycopg2.errors import DeadlockDetected, SerializationFailure

TRIES = 5


def retry(env, step, *also):
    """Return what `step` returns, called up to five times; before each further one the transaction is undone.

    :param also: further errors of PostgreSQL that mean no more than that somebody was in the way
    """
    for tries in range(TRIES, 0, -1):
        try:
            return step()
        except (SerializationFailure, DeadlockDetected, *also):
            env.cr.rollback()
            env.invalidate_all()
            if tries == 1:
                raise
    return None
