from . import checkout, recovery_kit
