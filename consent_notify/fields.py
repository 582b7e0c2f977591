"""`fields.Char(sealed=True)`: the record shows the text, the column holds a token of the vault.

An attribute grafted onto the core's class, as `base_sparse_field` grafts `sparse`: a later module that
declares the same field again keeps an attribute, but would make a subclass plain again.
"""

from operator import attrgetter

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import OrderedSet

from .tools import phone, seal
from .tools.marks import OwnFilter

COLLECTIONS = (list, tuple, set, frozenset, OrderedSet)
TEXT = frozenset(("char", "text", "html"))


def graft(cls):
    """Return a decorator that puts a method on a field class and keeps what it replaces as `super`."""

    def decorate(method):
        method.super = getattr(cls, method.__name__)
        setattr(cls, method.__name__, method)
        return method

    return decorate


def count_asked(value, model):
    """Count what a domain compares a number of `model` with, whether PostgreSQL compares or Python."""
    asked = value if isinstance(value, COLLECTIONS) else [value]
    # Whatever a person may send: PostgreSQL compares a number with text as if it had been written as one.
    asked = [part for part in asked if isinstance(part, (str, int, float, dict, *COLLECTIONS))]
    model.env["phone.door"]._count_asked(asked, model._name)


def tells_number(field, env):
    """Tell whether the text of `field` is a number: a sealed one, or one that code makes of it at each reading."""
    if field.sealed or field.store or not field.compute or field.type not in TEXT:
        return field.sealed
    return "phone.vault" in env and field in env["phone.vault"]._derived_fields()


def _bring(attrs):
    """Put into the attributes of a field what the seal brings along."""
    # Lists without numbers must not pay for opening them.
    attrs.setdefault("prefetch", "sealed")
    # Chatter would keep old and new numbers in plain text.
    attrs.pop("tracking", None)
    # PostgreSQL looks the tokens up when a vault row goes.
    if attrs.get("store", True) and not attrs.get("index"):
        attrs["index"] = "btree_not_null"


if not hasattr(fields.Field, "sealed"):  # the graft stays for the life of the process
    fields.Field.sealed = False
    fields.Char._related_sealed = property(attrgetter("sealed"))

    def _with_sealed(cls):
        cls.related_attrs += (("sealed", "_related_sealed"),)
        for subclass in cls.__subclasses__():
            _with_sealed(subclass)

    _with_sealed(fields.Char)

    @graft(fields.Char)
    def _get_attrs(self, model_class, name):
        attrs = _get_attrs.super(self, model_class, name)
        if attrs.get("sealed"):
            _bring(attrs)
        return attrs

    @graft(fields.Char)
    def setup_related(self, model):
        # Only now is it known what stands at the end of the chain; the table is made later.
        setup_related.super(self, model)
        if self.sealed:
            attrs = {**self.__dict__, "store": self.store}
            _bring(attrs)
            self.__dict__.update({name: attrs[name] for name in ("prefetch", "index") if name in attrs})
            self.__dict__.pop("tracking", None)

    @graft(fields.Char)
    def convert_to_cache(self, value, record, validate=True):
        if self.sealed and not isinstance(value, (str, bytes)) and value is not None and value is not False:
            # The core would keep what Python prints of it: sealed for ever, and never found or called again.
            raise UserError(
                record.env._(
                    "A phone number is a text: write it as +1 202 555 0100, not as a list, a figure or a tick."
                )
            )
        value = convert_to_cache.super(self, value, record, validate)
        if not self.sealed or value is None:
            return value
        value = phone.clean(value)
        if value and (phone.BULLET in value or seal.is_token(value)):
            return record.env["phone.vault"]._resolve(value, self, record)
        return value or ""  # as the core keeps it until it is written, where it becomes NULL

    @graft(fields.Char)
    def convert_to_column(self, value, record, values=None, validate=True):
        if not self.sealed:
            return convert_to_column.super(self, value, record, values, validate)
        if seal.is_token(value):
            return value  # raw SQL readers search by what they read
        text = phone.clean(value)
        if not text:
            # The core compares with '' as well as NULL; no column can hold it.
            return None if value is None else ""
        return record.env["phone.vault"]._token(text)

    @graft(fields.Char)
    def convert_to_column_insert(self, value, record, values=None, validate=True):
        if not self.sealed:
            return convert_to_column_insert.super(self, value, record, values, validate)
        text = self.convert_to_cache(value, record)
        if not text:
            return None
        vault = record.env["phone.vault"]
        return vault._announce(text, vault._region_of(record, text))

    @graft(fields.Char)
    def _description_groupable(self, env):
        return not self.sealed and _description_groupable.super(self, env)

    @graft(fields.Char)
    def _description_sortable(self, env):
        return not self.sealed and _description_sortable.super(self, env)

    @graft(fields.Char)
    def convert_to_display_name(self, value, record):
        name = convert_to_display_name.super(self, value, record)
        if not self.sealed or not value:
            return name
        # Names go everywhere: into lists to choose from, groups, activities. A code stands for a saved number alone.
        vault, is_saved = record.env["phone.vault"], isinstance(record.id, int) and not record._transient
        return vault._handle(value) if is_saved else vault._mask(value)

    @graft(fields.Field)
    def convert_to_export(self, value, record):
        value = convert_to_export.super(self, value, record)
        is_made = self.type in TEXT and self.compute and not self.store
        if value and (self.sealed or (is_made and "phone.vault" in record.env)):
            return record.env["phone.vault"]._mask_exported(self, value, record)
        return value

    @graft(fields.Char)
    def _insert_cache(self, records, values):
        if self.sealed:
            values = records.env["phone.vault"]._open_column(self, records, values)
            if values is None:
                return  # opened together with the other columns of this fetch
        _insert_cache.super(self, records, values)

    @graft(fields.Char)
    def condition_to_sql(self, field_expr, operator, value, model, alias, query):
        if self.sealed and value:
            count_asked(value, model)
        if self.sealed and operator not in ("in", "not in", "any!", "not any!", "=", "!="):
            return model.env["phone.vault"]._search_sql(self, operator, value, model, alias, query)
        return condition_to_sql.super(self, field_expr, operator, value, model, alias, query)

    @graft(fields.Field)
    def filter_function(self, records, field_expr, operator, value):
        # Domains that Python evaluates see the text itself: what PostgreSQL refuses is refused here, too.
        is_own = isinstance(records.env.context.get("consent_notify_filter"), OwnFilter)
        if not is_own and tells_number(self, records.env):
            if operator != "in":
                raise records.env["phone.vault"]._refusal_of_parts()
            count_asked(value, records)
        return filter_function.super(self, records, field_expr, operator, value)
