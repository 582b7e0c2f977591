from . import checkout, link, recovery_kit
