"""Domains as they are kept: text that may compare a sealed field with a number, which would stand there unsealed."""

import ast
import re

from . import phone

IGNORED = re.compile("[%#]")  # by searches for a number: between its digits they hide none


def compares_number(text, names):
    """Tell whether the domain in `text` compares one of the fields `names`, at the end of any path, with a number."""
    try:
        tree = ast.parse((text or "").strip(), mode="eval")
    except (SyntaxError, ValueError):
        return False
    for leaf in ast.walk(tree):
        if not isinstance(leaf, (ast.Tuple, ast.List)) or len(leaf.elts) != 3:
            continue
        field, _operator, value = leaf.elts
        if isinstance(field, ast.Constant) and str(field.value).rpartition(".")[2] in names:
            values = (part.value for part in ast.walk(value) if isinstance(part, ast.Constant))
            if any(phone.WHOLE.search(IGNORED.sub("", str(known))) for known in values):
                return True
    return False
