from . import controllers, fields, models, wizards
from .hooks import post_init_hook, pre_init_hook, uninstall_hook
from .tools import redact

redact.install()
