"""Whether a text names somebody: as people write names, and as somebody would who does not want it to be seen."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# What may stand between the words of a name: blanks, line ends and marks, but no letters.
APART = r"[\s\-_.·,;:!?'\"’‘“”«»()\[\]{}<>/\\|+*&@#~^=‐‑‒–—―…、，・]"
# Han, kana, Hangul, Thai, Lao, Khmer, Burmese: written without blanks, or with endings joined on to a name.
JOINED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]"
)
# Characters that are not seen (Unicode's Default_Ignorable_Code_Point): they break a word for a program alone.
UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
MARK = "\u200b"  # stands for any of them
NOTHING = re.compile(r"(?!)")
# Letters that look like Latin ones, each after the one that it is taken for, and Latin ones that have no accent to take off.
# Both the name and the text are read so: two names that differ in such letters alone are taken for one.
CONFUSABLES = str.maketrans(
    {
        letter: group[0]
        for group in (
            *(
                "aаαɑ",
                "bвβƅ",
                "cсϲ",
                "dԁđð",
                "eеε",
                "gɡ",
                "hнһħ",
                "iіιı",
                "jјϳ",
                "kкκ",
                "lł",
                "mм",
                "nпη",
                "oоοø",
                "pрρ",
            ),
            *("qԛ", "sѕ", "tтτŧ", "vνѵ", "wԝ", "xхχ", "yуүυ", "zζ"),
        )
        for letter in group[1:]
    }
)


def is_named(name: str, text: str) -> bool:
    """Whether a text has the name as words of its own, in any case, with any blanks or accents written either way.

    Also over lines, with characters in it that are not seen, in letters of another script that look the same, and as
    "last name, first name".
    """
    return _pattern(name).search(plain(text)) is not None


@lru_cache(4096)
def _pattern(name: str) -> re.Pattern[str]:
    joined = JOINED.search(name) is not None
    words = [_spelled(word) for word in re.split(f"{APART}+", plain(name).replace(MARK, "")) if word]
    if not words:
        return NOTHING
    between = f"(?:{APART}|{MARK})"
    forms = [f"{between}{'*' if joined else '+'}".join(words)]
    if len(words) > 1 and not joined:
        first = f"{between}+".join(words[:-1])
        forms.append(rf"{words[-1]}\s*,\s*{first}")
    either = "|".join(forms)
    return re.compile(either if joined else rf"(?<!\w)(?:{either})(?!\w)")


def _spelled(word: str) -> str:
    return f"{MARK}*".join(re.escape(letter) for letter in word)


@lru_cache(64)  # one text is looked through for everybody
def plain(text: str) -> str:
    """Without case, accents and look-alikes: "Amélie" is named where somebody types "amelie"."""
    apart = unicodedata.normalize("NFKD", UNSEEN.sub(MARK, text))
    apart = unicodedata.normalize("NFKD", apart.casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", bare).translate(CONFUSABLES)
