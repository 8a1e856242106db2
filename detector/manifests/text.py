"""Bytes to text: the encodings that manifests come in."""

import codecs

from scantally.detector.errors import ManifestError

# UTF-32 first: its little-endian mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

AS_CP1252 = "the text is not UTF-8: it was read as Windows-1252, so letters with accents may be wrong"


def encoding_of(raw: bytes) -> str:
    """The encoding by the byte order mark; without one, by where the zero bytes of the first two characters stand.

    The second is RFC 4627, section 3: both formats begin with two ASCII characters.
    """
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return name
    zeros = "".join("0" if byte == 0 else "x" for byte in raw[:4])
    return {"0x0x": "utf-16-be", "x0x0": "utf-16-le"}.get(zeros, "utf-8")


def decode(raw: bytes, source: str) -> str:
    """Text of UTF-8 or UTF-16 bytes, without the byte order mark.

    Raises:
        ManifestError: for any other encoding, naming the byte.
    """
    name = encoding_of(raw)
    try:
        if name == "utf-32":
            raise ManifestError(source, "expected UTF-8 or UTF-16 text, got UTF-32")
        return raw.decode(name)
    except UnicodeDecodeError as e:
        family = "UTF-16" if name.startswith("utf-16") else "UTF-8"
        raise ManifestError(source, f"expected {family} text: {e.reason} at byte {e.start}") from e


def decode_or_cp1252(raw: bytes, source: str) -> tuple[str, tuple[str, ...]]:
    """Text of UTF-8 or UTF-16 bytes, else of Windows-1252 (what older spreadsheets write) with a note that says so.

    Raises:
        ManifestError: where it is none of the three.
    """
    try:
        return decode(raw, source), ()
    except ManifestError as e:
        if encoding_of(raw) != "utf-8":
            raise
        text, notes = as_cp1252(raw)
        if text is None:
            problem = f"expected UTF-8, UTF-16 or Windows-1252 text: byte {_undefined(raw)} fits none"
            raise ManifestError(source, problem) from e
        return text, notes


def as_cp1252(raw: bytes) -> tuple[str | None, tuple[str, ...]]:
    """Text of bytes that are not UTF-8, read as Windows-1252 with a note; None where they are UTF-8 or fit neither."""
    try:
        raw.decode()
    except UnicodeDecodeError:
        try:
            return raw.decode("cp1252"), (AS_CP1252,)
        except UnicodeDecodeError:
            pass
    return None, ()


def _undefined(raw: bytes) -> int:
    """Where the first byte stands that Windows-1252 does not define."""
    return next(i for i, byte in enumerate(raw) if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D))
