"""What a writer may add to a brief. The text that a person wrote stays word for word, and in front of what is added.

A rewrite that moved or replaced words could ask for something else, and no test of words would notice each time. So a writer
only adds; and what it adds may not take away ("without people"), name anybody or anything that the brief does not name, or
bring numbers: those are a person's to write.
"""

from __future__ import annotations

import re

from feedback.production.briefs import LONGEST_PROMPT

MOST_WORDS = 24  # of one addition: a brief stays the person's
TAKES_AWAY = frozenset(
    [
        "no",
        "not",
        "never",
        "none",
        "without",
        "except",
        "instead",
        "remove",
        "replace",
        "ignore",
        "nothing",
        "nobody",
        "neither",
        "nor",
    ]
)
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
ENDING = " \t\r\n.,;:!?"


def words_of(text: str) -> list[str]:
    """Its words in lower case."""
    return [word.lower() for word in WORD.findall(text)]


def clean_addition(prompt: str, addition: str) -> str:
    """What of an addition is kept, "" where nothing is: one line, of phrases that the prompt does not have already."""
    line = addition.strip(ENDING).split("\n")[0]
    if not line or not may_be_added(prompt, line):
        return ""
    own = f" {' '.join(words_of(prompt))} "
    kept = list[str]()
    for phrase in (part.strip(ENDING) for part in line.split(",")):
        words = " ".join(words_of(phrase))
        if words and f" {words} " not in own:
            kept.append(phrase)
            own += f"{words} "
    text = ", ".join(kept)
    return text if len(extended(prompt, text)) <= LONGEST_PROMPT else ""


def may_be_added(prompt: str, line: str) -> bool:
    """Whether it takes nothing away, and names and numbers nothing that the prompt does not."""
    if not line.isprintable() or re.search(r"[\d_<>{}\[\]|\\/@#*\"“”]", line):
        return False
    words, own = WORD.findall(line), set(WORD.findall(prompt))
    if not words or len(words) > MOST_WORDS or TAKES_AWAY & {word.lower() for word in words}:
        return False
    return all(word.islower() or word in own for word in words)


def extended(prompt: str, addition: str) -> str:
    """The prompt with what is added behind it; the prompt itself where nothing is."""
    return f"{prompt.rstrip(ENDING)}, {addition}" if addition else prompt


def split_at_difference(one: str, other: str) -> tuple[str, str, str]:
    """(what both begin with, the rest of one, the rest of the other), cut between words."""
    words = [re.findall(r"\s*[^\s,]+|,", text.strip().rstrip(ENDING)) for text in (one, other)]
    same = 0
    for a, b in zip(*words, strict=False):
        if a != b:
            break
        same += 1
    return "".join(words[0][:same]), *("".join(each[same:]) for each in words)  # type: ignore[return-value]
