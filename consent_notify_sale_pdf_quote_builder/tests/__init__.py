from . import test_quote
