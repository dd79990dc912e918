"""Reads what senders write for a unit as its UCUM code: before anything is reckoned, and only what is sure.

UCUM tells units apart by case alone (m meter, M mega; Pa pascal, PA petaampere) and senders do not keep to it. So a
code is read as it stands, or in capitals or small letters where the whole text is; any other mixture is unknown.
"""

import re

from chartline.record.unit_table import unit_table

#: In characters. No unit is longer, and the patterns below take time in the square of a text's length.
_LONGEST = 100
_MICRO = str.maketrans({"µ": "u", "μ": "u", "×": "x", "−": "-", "²": "2", "³": "3"})
_RAISED = re.compile(r"10([²³⁴⁵⁶⁹])")
_DIGITS = str.maketrans("²³⁴⁵⁶⁹", "234569")
#: The point behind an abbreviation ("mEq./hour"); any other point multiplies.
_ABBREVIATED = re.compile(r"(?<=[A-Za-z])\.(?=/|\s|$)")
#: UCUM's signs, but not inside an annotation.
_BETWEEN = re.compile(r"([./()])(?![^{}]*\})")
ANNOTATION = re.compile(r"\{[^{}]*\}")
_RAISED_CODE = re.compile(r"(.*?[^\d+-])([+-]?\d+)")


def ucum_code(text: str) -> str | None:
    """None where it is not known for certain what the text stands for."""
    if len(text) > _LONGEST:
        return None
    table = unit_table()
    plain = _plain(text)
    if plain in table.exact:
        return table.exact[plain]
    if not plain or plain in table.unread_whole:
        return None
    plain = table.power.sub(lambda found: f"10*{next(filter(None, found.groups()))}", plain)
    small = plain.casefold()
    whole = table.wholly.get(small) or table.anywhere.get(small)
    return whole or _compound(table.words.sub(lambda found: f"{{{found[1].upper()}}}", plain))


def _plain(text: str) -> str:
    raised = _RAISED.sub(lambda found: f"10^{found[1].translate(_DIGITS)}", text)
    plain = " ".join(_ABBREVIATED.sub("", raised.translate(_MICRO)).split())
    return re.sub(r"\s*/\s*", "/", plain)


def _compound(plain: str) -> str | None:
    """Part by part; UCUM's signs between them stay as they are."""
    letters = ANNOTATION.sub("", plain)
    one_case = letters in (letters.upper(), letters.lower())
    parts = [part if part in ("", *"./()") else _part(part, one_case) for part in _BETWEEN.split(plain)]
    return None if None in parts else "".join(part for part in parts if part)


def _part(part: str, one_case: bool) -> str | None:
    said = "".join(ANNOTATION.findall(part))
    bare = part.removesuffix(said).strip()
    if not bare or bare.isdecimal():
        return bare + said
    code = _code(bare, one_case)
    if code is None and (raised := _RAISED_CODE.fullmatch(bare)) is not None:
        base = _code(raised[1], one_case)
        code = None if base is None else base + raised[2]
    return None if code is None else code + said


def _code(bare: str, one_case: bool) -> str | None:
    table = unit_table()
    if table.folded.get(bare) == bare:
        return bare
    if bare in table.unread:
        return None
    return table.anywhere.get(bare.casefold()) or (table.folded.get(bare.casefold()) if one_case else None)
