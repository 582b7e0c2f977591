def pre_init_hook(env):
    """Seal what the database already holds, before any sealed field exists."""


def post_init_hook(env):
    """Bind every sealed column to the vault by a foreign key."""
