"""A step of a long job, done again when somebody was in the way: web requests do so by themselves, crons do not."""

from psycopg2.errors import DeadlockDetected, SerializationFailure

TRIES = 5


def retry(env, step, *also):
    """Return what `step` returns, called up to five times; before each further one the transaction is undone.

    :param also: further errors of PostgreSQL that mean no more than that somebody was in the way
    """
    return retry_on(env.cr, step, *also, forget=env.invalidate_all)


def retry_on(cr, step, *also, forget=None):
    """As `retry`, for a command that has a cursor alone.

    :param forget: called after a transaction was undone
    """
    for tries in range(TRIES, 0, -1):
        try:
            return step()
        except (SerializationFailure, DeadlockDetected, *also):
            cr.rollback()
            if forget:
                forget()
            if tries == 1:
                raise
    return None
