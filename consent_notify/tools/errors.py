"""Errors of the plain-Python tools: one sentence each, and never the input."""


def _lt(sentence):
    """Mark a sentence for the translators; whoever shows the error to a person translates it (`env._`)."""
    return sentence


class ConsentNotifyError(Exception):
    """Base of every error the tools raise."""


class KeyringError(ConsentNotifyError):
    """The keyring is missing, unreadable, damaged, or not this database's."""


class SealError(ConsentNotifyError):
    """A sealed text cannot be opened: moved, edited, or sealed with an unknown key."""


class VaultInUseError(ConsentNotifyError):
    """The vault cannot be changed while others are at it."""


class GatewayError(ConsentNotifyError):
    """The settings of an SMS gateway cannot be read."""
