"""What came with a request, as digits: numbers are told apart by them, however they are written."""

import ast
import json
import re
import unicodedata

from .phone import BULLET

NOT_DIGIT = re.compile(r"\D")
OPERATORS = frozenset(
    (
        *("=", "!=", "<>", "==", "<", ">", "<=", ">=", "=?", "in", "not in", "child_of", "parent_of"),
        *("like", "ilike", "not like", "not ilike", "=like", "=ilike", "not =like", "not =ilike"),
    )
)
# Letters of a telephone's keys: `+1 202 555 JKLM` is a number, too.
KEYS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")
TELLING = 7  # last digits that tell a subscriber, whatever country or area stands before them
SPELLING = re.compile(r"[\[{(]")
COLLECTIONS = (list, tuple, set, frozenset)


def digits_of(value):
    """Return the digits of a text or number, as ASCII."""
    return unicodedata.normalize("NFKC", NOT_DIGIT.sub("", str(value)))


def digits_within(value):
    """Yield the digits of every text within a request's parameters, however deep."""
    if isinstance(value, (str, int, float)):
        yield digits_of(value)
        for inner in spelled(value):
            yield from digits_within(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from digits_within(inner)
    elif isinstance(value, COLLECTIONS):
        for inner in value:
            yield from digits_within(inner)


def asked_within(value):
    """Yield the digits of what is asked for in the domains within a request's parameters, however deep."""
    if isinstance(value, str):
        if value.lstrip().startswith(("[", "{")):
            yield digits_of(value)  # a domain as text
        for inner in spelled(value):
            yield from digits_within(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from asked_within(inner)
    elif isinstance(value, (list, tuple)):
        if len(value) == 3 and all(isinstance(part, str) for part in value[:2]) and value[1].lower() in OPERATORS:
            yield from digits_within([value[2], *(value[2] if isinstance(value[2], dict) else ())])
        for inner in value:
            yield from asked_within(inner)


def spelled(value):
    """Yield the lists and the like that the text of a domain spells, as JSON and as Python read it.

    Its letters need not show a number: escapes (`\\x37`), a comment between two halves and other figures hide one.
    """
    if not isinstance(value, str) or not SPELLING.search(value):
        return
    for read in (json.loads, ast.literal_eval):
        try:
            meant = read(value)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        if isinstance(meant, (dict, *COLLECTIONS)):
            yield meant
        if "\\" not in value:
            return  # without escapes both read the same


class Typed:
    """What a person typed into sealed fields of the form that is being computed, row by row.

    :param model: the form's record, new or saved
    :param values: what its client sent to `onchange`
    :param spec: fields it asked for
    """

    def __init__(self, model, values, spec):
        self.root = model.id or None
        self.rows = {}
        self._gather(model, values, (model._name, self.root))
        for context in (model.env.context, *_contexts(spec)):
            given = {name[8:]: value for name, value in context.items() if name.startswith("default_")}
            for name, value in given.items():
                # Whichever row's field it becomes: what has too few digits for a number tells nothing.
                if isinstance(value, (str, int)) and len(digits_of(value)) >= TELLING:
                    self._note(("default", None), name, value)
        self.texts = {text for row in self.rows.values() for text in row.values()}
        # Spelled by digits and by the letters of keys: a compute may have written the one as the other.
        spelled = (form for text in self.texts for form in (text, text.upper().translate(KEYS)))
        self.digits = "\n".join(map(digits_of, spelled))

    def _gather(self, model, values, key):
        for fname, value in values.items():
            field = model._fields.get(fname)
            if field is None or not value:
                continue
            if field.sealed:
                self._note(key, fname, value)
            elif field.relational and field.type == "many2one":
                if isinstance(value, dict):
                    comodel = model.env[field.comodel_name]
                    self._gather(comodel, value, (comodel._name, value.get("id") or None))
            elif field.relational and isinstance(value, (list, tuple)):
                self._gather_lines(model.env[field.comodel_name], value)

    def _note(self, key, fname, value):
        if not isinstance(value, bool) and BULLET not in str(value):
            self.rows.setdefault(key, {})[fname] = str(value)

    def _gather_lines(self, comodel, commands):
        for command in commands:
            if isinstance(command, dict):
                self._gather(comodel, command, (comodel._name, command.get("id") or None))
            elif isinstance(command, (list, tuple)) and len(command) == 3 and isinstance(command[2], dict):
                self._gather(comodel, command[2], (comodel._name, command[1] or None))

    def of_row(self, model_name, record_id):
        """Return {field: text} of the row with this NewId."""
        return self.rows.get((model_name, record_id.origin or record_id.ref or None), {})

    def on_saved(self):
        """Return the texts typed onto saved records."""
        return {text for (_model, key), row in self.rows.items() if isinstance(key, int) for text in row.values()}

    def holds(self, text):
        """Tell whether `text` may have been made of something typed."""
        return bool(self.texts) and digits_of(text)[-TELLING:] in self.digits


def _contexts(spec):
    """Yield the contexts within the `spec` of fields of a form."""
    for inner in spec.values() if isinstance(spec, dict) else ():
        if isinstance(inner, dict):
            if isinstance(inner.get("context"), dict):
                yield inner["context"]
            yield from _contexts(inner.get("fields"))
