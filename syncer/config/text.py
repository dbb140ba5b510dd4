"""Text as editors save it and as people paste it: byte order marks, quotes, invisible characters."""

import codecs
import unicodedata

MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
QUOTES = ('""', "''", "“”", "‘’", "``")
# Control, format, private and unassigned characters, separators of lines and paragraphs.
INVISIBLE = ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp")


def decode(data: bytes) -> str:
    """Return the text of a file in UTF-8, or in UTF-16 with a byte order mark. Raises ValueError."""
    encoding = next((name for mark, name in MARKS.items() if data.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in data:
        raise ValueError("holds NUL characters, perhaps as UTF-16; save it as UTF-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise ValueError("is not text in UTF-8; save it as UTF-8") from None


def unwrap(text: str) -> str:
    """Return the text without blanks around it and without a pair of quotes around the whole."""
    text = text.strip()
    if len(text) > 1 and text[0] + text[-1] in QUOTES:
        return text[1:-1].strip()
    return text


def describe_invisible(text: str) -> str:
    """Return which invisible character the text holds, such as U+200B (zero width space); empty: none."""
    for char in text:
        if unicodedata.category(char) in INVISIBLE or (char.isspace() and char != " "):
            return f"U+{ord(char):04X} ({unicodedata.name(char, 'a control character').lower()})"
    return ""


def reject_invisible(text: object) -> None:
    """Raise ValueError if the text holds an invisible character, as pasted addresses sometimes do."""
    found = describe_invisible(text) if isinstance(text, str) else ""
    if found:
        raise ValueError(f"holds the invisible character {found}; type it again")
