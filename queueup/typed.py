"""What people type and paste, read as the letters and digits that they mean.

Other keyboards have digits and wide letters of their own, and letters that only look like ours.
"""

import re
import unicodedata

from .ids import is_code

# Capitals of Cyrillic and Greek that look like letters of codes.
_LOOK_ALIKE = str.maketrans(
    "АВЕЅЈКМНРСТУХ" + "ΑΒΕΖΗΚΜΝΡΤΥΧ",
    "ABESJKMHPCTYX" + "ABEZHKMNPTYX",
)
_AROUND = r"[\W_]+"
_HOST = re.compile(r"[A-Z]+://[^/\s]*")
_LINK = re.compile(r"/(?:(?:QUEUE|HOST|BOARD|KIOSK)/)?([A-Z0-9]{6})(?![A-Z0-9])")
_WORD = re.compile(r"(?<![A-Z0-9])[A-Z0-9]{6}(?![A-Z0-9])")


def digits(text: str) -> str:
    """Return a text with the digits of all scripts as 0 to 9."""
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in text)


def capitals(text: str) -> str:
    """Return a text in capitals, with the letters and digits of other keyboards as ours."""
    return unicodedata.normalize("NFKC", digits(text)).upper().translate(_LOOK_ALIKE)


def read_code(text: str) -> str | None:
    """Return the code of a queue in what somebody typed or pasted, None if there is none.

    It may be in a link or beside other words. Everything else but letters and digits is ignored:
    phones autocorrect hyphens and add full stops.
    """
    letters = _HOST.sub(" ", capitals(text))
    link = _LINK.search(letters)
    code = link[1] if link else re.sub(_AROUND, "", letters)
    if is_code(code):
        return code
    words = {word for word in _WORD.findall(letters) if is_code(word)}
    return words.pop() if len(words) == 1 else None


def without_ends(text: str) -> str:
    """Return a text without what is not a letter or digit at its ends, as a bracket of a link."""
    return re.sub(rf"^{_AROUND}|{_AROUND}$", "", text)
