"""What a customer's reply asks for: a word such as STOP, found in free text, and not in a sentence about bus stops.

A reply is cut into clauses. A word counts where it is a clause of its own but for polite ones ("Stop. Thank you",
"please stop texting me"); one that people also use otherwise ("end", "cancel") only where it is the whole reply.
"""

import re
import unicodedata

CLAUSES = re.compile(r"[.,;:!?…\n\r()\"«»“”–—|/]+|\s-\s|\s-$|^-\s")
JOINED = re.compile(r"['’ʼ`´]")
TOKENS = re.compile(r"[^\W_]+")
LONGEST = 300  # characters: nobody says stop at the end of an essay
# What may stand beside any word without changing it.
COURTEOUS = frozenset(
    "please pls plz thanks thank you thx ok okay hi hello hey sorry"
    " пожалуйста плиз спасибо здравствуйте привет добрый день bitte danke svp merci por favor gracias".split()
)
# What may stand beside a word that means the texts and nothing else.
ABOUT_TEXTS = COURTEOUS | frozenset(
    "me us my now texting texts text sms messages message sending all these this immediately anymore any more to from"
    " it the want i"
    " мне меня нам нас смс сообщения сообщение рассылка рассылку рассылки больше от всё это прошу сейчас немедленно"
    " хочу я".split()
)


def tokens(text):
    """Return the words of `text`: no case, no diacritics, no punctuation, full-width letters as usual ones."""
    folded = unicodedata.normalize("NFKD", JOINED.sub("", text)).casefold()
    # Marks above letters, and characters that nobody sees.
    return TOKENS.findall("".join(c for c in folded if unicodedata.category(c) not in ("Mn", "Cf")))


def _folded(words):
    return frozenset(token for word in words for token in tokens(word))


COURTEOUS, ABOUT_TEXTS = _folded(COURTEOUS), _folded(ABOUT_TEXTS)


def read_reply(body, words):
    """Return (kind, word) of the first of `words` that `body` says, or (None, "").

    :param words: (kind, word, is_alone) triples, the strongest kind first; a word may be several, as "opt out"
    """
    if len(body) > LONGEST:
        return None, ""
    whole = tokens(body)
    clauses = [whole, *(tokens(clause) for clause in CLAUSES.split(body))]
    for kind, word, is_alone in words:
        wanted = tokens(word)
        if not wanted:
            continue
        if is_alone:
            is_said = _says(whole, wanted, COURTEOUS)
        else:
            is_said = any(_says(clause, wanted, ABOUT_TEXTS) for clause in clauses)
        if is_said:
            return kind, word
    return None, ""


def _says(clause, wanted, beside):
    """Tell whether `clause` is `wanted` with nothing but words of `beside` around it."""
    length = len(wanted)
    for start in range(len(clause) - length + 1):
        if clause[start : start + length] == wanted:
            rest = clause[:start] + clause[start + length :]
            return beside.issuperset(rest)
    return False
