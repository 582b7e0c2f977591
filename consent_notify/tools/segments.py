"""How many SMS a text is billed as: GSM-7 holds 160 characters (153 in parts), anything else 70 (67)."""

# 3GPP TS 23.038, 6.2.1: the default alphabet and its extension, whose characters take two places.
GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")


def measure(text):
    """Return (places, segments) of `text`."""
    if set(text) <= GSM7 | GSM7_EXTENSION:
        places, one, part = len(text) + sum(char in GSM7_EXTENSION for char in text), 160, 153
    else:
        places, one, part = len(text.encode("utf-16-le")) // 2, 70, 67
    return places, 1 if places <= one else -(-places // part)
