"""Free text of a manifest line, made comparable: what is left when quantities, packing and phrases of the trade are gone."""

import re
import unicodedata
from collections.abc import Iterator

_BOILERPLATE = re.compile(
    r"said to contain|shipper'?s? load,?( stow(age)?)?( and| &) count|\bs\.?t\.?c\.?\b|\bslac\b|\bfcl( ?/ ?[fl]cl)?\b|\blcl\b"
    r"|freight (prepaid|collect)|\bclean on board\b|\b(h\.?s\.?|tariff|commodity|taric)[ .]*(code|no|number)s?\b[ :.#]*[\d. ]*"
    r"|\b(p\.?o|invoice|inv|order|lot|ref|contract|batch|model|item|art|stk)\.? ?(no|number|#)?[ .:#]*\w*\d\w*"
    r"|\b(net|gross|total|tare)( (weight|wt|mass))?[ :.]+[\d., ]*(kgs?|mts?|tons?|tonnes?|lbs?)\b"
    r"|\b(made in|country of origin|origin|brand)\b ?:?"
)
_PACKAGE = (
    r"(cartons?|ctns?|cases?|boxes|box|bags?|sacks?|bales?|drums?|pallets?|plts?|skids?|crates?|packages?|pkgs?|pieces?|pcs"
    r"|units?|rolls?|bundles?|sets?|pairs?|prs|containers?|cntrs?|bottles?|tins?|nos|dozens?|tonnes?|tons|mts?|kgs?|kilos?"
    r"|litres?|liters?|ltrs?|packets?|wraps?)"
)
# "1000 bags of", "20 x 40' containers with", "200 ctns": the number tells packing from goods that are themselves bags.
_QUANTITY = re.compile(
    rf"\d[\d.,]*\s*(x\s*\d+\s*'?\s*(ft|dc|hc|gp|st)?\s*)?{_PACKAGE}\b(\s*\({_PACKAGE}\))?\s*(of|with|containing)?\b"
)
_PACKED = re.compile(
    rf"\b(packed|packaged|put up|loaded)?\s*(in|on|per)\s+(\w+\s+){{0,2}}?{_PACKAGE}(\s+of\b|$|(?=[,;.]))"
)
_MEASURE = re.compile(
    r"\b\d[\d.,/x*' -]*(mm|cm|m|m2|m3|kg|kgs|g|gr|gsm|ml|l|lt|oz|lb|lbs|ft|in|inch|w|kw|v|hz|hp|kva|mah|gb|tb|mb)?\b"
)
# What a text names only to shut it out would tell the wrong goods.
_SHUT_OUT = re.compile(
    r"\b(other than|excluding|except|not elsewhere|whether or not|not (containing|including|being))\b.*|\bn\.e\.c\b.*"
)
# A description that begins so only narrows goods that it does not name: "For household use, of a thickness of ...".
_NARROWING = re.compile(r"\W*(for|of|in|with|containing|not|other|to be used)\b")

_RUNS = (3, 4, 5)
_WORD_WEIGHT = 3
SHORTEST_WORD = 3
"""Letters that a word needs to say anything."""

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_CODE = re.compile(r"(?=\w*\d\w*\d\w*\d)\w+|\d+")

_VAGUE = """
general cargo goods merchandise consolidated consolidation consol fak freight all kinds kind various sundry sundries
assorted mixed miscellaneous misc article articles item items product products commodity commodities supplies material
materials stuff sample samples gift gifts parcel parcels groupage dangerous hazardous non other others spare spares
part parts accessories accessory equipment personal effects household used new and of for the with as per list
attached see invoice packing packed shipment shipments load loaded container containers package packages pallet
pallets unit units piece pieces set sets lot lots brand quality export import trade commercial returned return
unaccompanied baggage belongings removal removals description unknown nil none na tba tbc not otherwise specified nos
nes etc type types
"""
VAGUE = frozenset(_VAGUE.split())
"""Words that say nothing of what the goods are. A text of these alone is vague."""

_FOREIGN = """
de del la las el los y con sin para por una und oder von der das mit aus fur ohne les des du et ou pour avec sans dans
aux em da dos e com sem uma nao il di della per van het een voor met och av til iz dlya na w z
"""
FOREIGN = frozenset(_FOREIGN.split())
"""Little words of other languages than English. Two of them tell the language; one does not ("eau de toilette")."""


def plain(text: str) -> str:
    """Lower-case ASCII words of a description without accents, quantities, packing, phrases of bills of lading and what is shut out."""
    bare = _bare(text)
    bare = _SHUT_OUT.sub("", _BOILERPLATE.sub(" ", " ".join(bare.split())))
    bare = _MEASURE.sub(" ", _PACKED.sub(" ", _QUANTITY.sub(" ", bare)))
    return " ".join(word for word in _WORD.findall(bare) if not _CODE.fullmatch(word))


def says_words(text: str) -> bool:
    """Whether a description has a word of three Latin letters, accents aside."""
    return re.search(r"[a-z]{3}", _bare(text)) is not None


def narrows(text: str) -> bool:
    """Whether a description begins by narrowing goods that it does not name."""
    return _NARROWING.match(text.lower()) is not None


def content(words: str) -> list[str]:
    """The words of a plain text that can say what goods are: long enough, and not vague."""
    return [word for word in words.split() if len(word) >= SHORTEST_WORD and word not in VAGUE]


def features(words: str) -> list[str]:
    """What a plain text is counted by: runs of 3 to 5 characters within its words, and whole words, each three times.

    A run does not cross a word's end, which is marked by a space as in scikit-learn's analyser "char_wb"; a whole word stands
    between angle brackets. Fitting and reading call this one function, so that they cannot differ.
    """
    found: list[str] = []
    for word in words.split():
        found.extend(_runs(f" {word} "))
        if len(word) >= SHORTEST_WORD:
            found.extend([f"<{word}>"] * _WORD_WEIGHT)
    return found


def _runs(padded: str) -> Iterator[str]:
    for length in _RUNS:
        if len(padded) <= length:
            yield padded
            return
        for start in range(len(padded) - length + 1):
            yield padded[start : start + length]


def _bare(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
