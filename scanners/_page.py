"""What lasts of a web page: a hash that stays while nobody works on it.

Scripts, comments, hidden fields, tokens and every number (dates, counters, years) are left out:
they change by themselves.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from codecs import getincrementaldecoder
from hashlib import sha256

SCRIPT = "govsoc-page"  # id of our nmap script, which prints the body in base64
_HEAD = 65_536  # bytes of a page that are looked at
_LEFT_OUT = re.compile(  # every repeat is bounded or runs to the end: a page cannot stall us
    r"<!--.*?(?:-->|\Z)"
    r"|<(script|style|noscript|svg)\b.*?(?:</\1\s*>|\Z)"
    r"|<meta\b[^>]{0,999}+>"
    r"|<input\b[^>]{0,500}?\btype\s{0,9}=\s{0,9}[\"']?hidden[^>]{0,500}+>"
    r"|\b(?:nonce|integrity|data-[\w-]{1,40}|value|id|for)\s{0,9}=\s{0,9}"
    r"(?:\"[^\"]{0,999}+\"|'[^']{0,999}+'|[^\s>]{1,999})"
    r"|[?;][^\s\"'<>]{0,500}+(?=[\"'])",  # of an address: its query, a session
    re.IGNORECASE | re.DOTALL,
)
_TOKEN = re.compile(r"[A-Za-z0-9_+/=-]{16,}")
_DIGIT = re.compile(r"[0-9]")
_WHEN = re.compile(
    r"星期[一二三四五六日天]|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
    r"|\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b|\b[ap]m\b|[上下]午",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[0-9]+(?:[.,:/-][0-9]+)*")


def page_hash(printed: str | None) -> str | None:
    """Hash of the page that the script printed, 32 hexadecimal digits; None without a page."""
    if not printed:
        return None
    try:
        body = b64decode(printed, validate=True)
    except (binascii.Error, ValueError):
        return None
    text = lasting(_decoded(body[:_HEAD]))
    return sha256(text.encode()).hexdigest()[:32] if text else None


def lasting(html: str) -> str:
    """The page without what changes by itself, spaces as one."""
    text = _LEFT_OUT.sub(" ", html)
    text = _WHEN.sub(" ", _TOKEN.sub(_worded, text))
    return " ".join(_NUMBER.sub("0", text).split())


def _worded(token: re.Match[str]) -> str:
    """Nothing of a token; a long word or path without a digit is none."""
    return " " if _DIGIT.search(token[0]) else token[0]


def _decoded(body: bytes) -> str:
    """As UTF-8 where it is, else GB18030; a last character that was cut is left out."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return getincrementaldecoder(encoding)().decode(body)
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", "replace")
