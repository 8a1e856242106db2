"""EDIFACT interchanges: service characters, character sets, envelopes, trees of segments, and what is cut off."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from manifest_samples import CUSCAR, VERMAS

from scantally.detector.errors import ManifestError
from scantally.detector.manifests import parse_manifest
from scantally.detector.manifests.edifact_segments import MAX_PARTS, Group, Nesting, messages
from scantally.detector.types import Manifest, ManifestFile


def message(*segments: str, kind: str = "CUSCAR", count: int | None = None) -> str:
    body = "".join(f"{s}'" for s in segments)
    return f"UNH+1+{kind}:D:95B:UN'{body}UNT+{len(segments) + 2 if count is None else count}+1'"


def interchange(*messages: str, charset: str = "UNOA") -> str:
    return f"UNB+{charset}:3+A+B+260318:0930+7'{''.join(messages)}UNZ+{len(messages)}+7'"


GOODS = ("CNI+1", "GID+1+4:CT", "FTX+AAA+++TYRES", "SGP+CSQU3054383+4")


def parse(text: str | bytes) -> ManifestFile:
    return parse_manifest(text if isinstance(text, bytes) else text.encode(), "m.edi")


def description(text: str | bytes) -> str | None:
    return parse(text).containers[0].lines[0].description


def fault(text: str | bytes) -> str:
    with pytest.raises(ManifestError) as caught:
        parse(text)
    return caught.value.problem


# Service characters.


@pytest.mark.parametrize(
    "text",
    [
        interchange(message(*GOODS)),
        "UNA:+.? '" + interchange(message(*GOODS)),
        "\ufeff\r\nUNA:+,? '\r\n" + interchange(message(*GOODS)).replace("'", "'\r\n"),
        "UNA:+.? ~" + interchange(message(*GOODS)).replace("'", "~"),
        "UNA|*.? \n" + interchange(message(*GOODS)).replace(":", "|").replace("+", "*").replace("'", "\n"),
        interchange(message(*GOODS)) + "\r\n\x1a",
        message(*GOODS),
        message(*GOODS).replace("'", "' "),
        interchange(message(*GOODS)).replace("TYRES", "TY\r\nRES"),  # wrapped at a width
        interchange("UNG+CUSCAR'", message(*GOODS), "UNE+1+1'").replace("UNZ+3", "UNZ+1"),
    ],
)
def test_the_same_in_other_characters(text: str) -> None:
    file = parse(text)
    assert (file.format, file.notes) == ("edifact", ())
    assert file.containers[0].lines[0].description == "TYRES"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("A ?+ B ?: C ?' D ??", "A + B : C ' D ?"),
        ("ONE:TWO::FOUR", "ONE TWO FOUR"),
        ("L'ORÉAL".replace("'", "?'"), "L'ORÉAL"),
        ("COTTON?'UNA:+.? ?'", "COTTON'UNA:+. '".replace(":+", " +")),
        ("?A", "A"),
    ],
)
def test_escapes(written: str, read: str) -> None:
    written = written.replace("UNA:+", "UNA:?+")
    assert description(interchange(message("GID+1", f"FTX+AAA+++{written}"), charset="UNOW")) == read


def test_without_an_escape_character() -> None:
    text = "UNA:+.  '" + interchange(message("GID+1", "FTX+AAA+++WHAT? A TYRE"))
    assert description(text) == "WHAT? A TYRE"


@pytest.mark.parametrize("una", ["::.? '", ":+.?", "A+.? '", ":+.+ '", ":+.? +"])
def test_service_characters_that_cannot_be(una: str) -> None:
    assert fault(f"UNA{una}") == f"expected six service characters after UNA, got {una!r}"


# Character sets.

ACCENTS = "Möbel, Äpfel"


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("UNOA", "ascii", "TYRES"),
        ("UNOC", "iso8859-1", ACCENTS),
        ("UNOD", "iso8859-2", "Łódź"),
        ("UNOE", "iso8859-5", "мебель"),
        ("UNOF", "iso8859-7", "έπιπλα"),
        ("UNOI", "iso8859-6", "أثاث"),
        ("UNOL", "iso8859-15", "5 €"),
        ("UNOW", "utf-8", "家具"),
        ("UNOY", "utf-8", "家具"),
        ("UNOY", "utf-16", "家具"),
        ("UNOY", "utf-16-be", "家具"),
    ],
)
def test_the_set_that_unb_names(charset: str, codec: str, text: str) -> None:
    file = parse(interchange(message("GID+1", f"FTX+AAA+++{text}"), charset=charset).encode(codec))
    assert (file.containers[0].lines[0].description, file.notes) == (text, ())


OTHER = "the text is not of the character set {}: it was read as {}"
DOUBT = ", so letters with accents may be wrong"


@pytest.mark.parametrize(
    ("charset", "codec", "note"),
    [
        ("UNOA", "utf-8", OTHER.format("UNOA", "UTF-8")),
        ("UNOC", "utf-8", OTHER.format("UNOC", "UTF-8")),
        ("UNOX", "utf-8", OTHER.format("UNOX", "UTF-8")),
        ("UNOB", "cp1252", OTHER.format("UNOB", "Windows-1252") + DOUBT),
        ("UNOW", "cp1252", OTHER.format("UNOW", "Windows-1252") + DOUBT),
    ],
)
def test_another_set_than_unb_names(charset: str, codec: str, note: str) -> None:
    file = parse(interchange(message("GID+1", f"FTX+AAA+++{ACCENTS}"), charset=charset).encode(codec))
    assert (file.containers[0].lines[0].description, file.notes) == (ACCENTS, (note,))


def test_windows_signs_under_the_name_of_latin_1() -> None:
    text = interchange(message("GID+1", "FTX+AAA+++5 € “new”"), charset="UNOC")
    file = parse(text.encode("cp1252"))
    assert file.containers[0].lines[0].description == "5 € “new”"
    assert file.notes == (OTHER.format("UNOC", "Windows-1252") + DOUBT,)


def test_bytes_of_no_set() -> None:
    raw = interchange(message("GID+1", "FTX+AAA+++x")).encode().replace(b"+x", b"+\x81\xff")
    assert fault(raw) == "expected text of the character set 'UNOA' that UNB names, or UTF-8"


# Envelopes.

CUT = "got the end of the file: it is cut off"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("UNB+UNOA:3+A", 'expected "\'" at the end: the file is cut off'),
        ("UNB+UNOA:3+A?'", f"expected the end of segment 1, {CUT}"),
        ("UNB+UNOA:3+A'", f"expected UNZ after segment 1, {CUT}"),
        (interchange(message(*GOODS)).partition("UNT")[0], f"expected UNT after segment 6, {CUT}"),
        (message(*GOODS).partition("UNT")[0], f"expected UNT after segment 5, {CUT}"),
        (interchange(message(*GOODS)).partition("UNZ")[0], f"expected UNZ after segment 7, {CUT}"),
        (interchange(), "expected a CUSCAR or VERMAS message, got none"),
        (interchange("BGM+85'"), "segment 2: expected UNH, got 'BGM'"),
        (interchange("UNH+1+CUSCAR'"), "segment 3: expected UNT before UNZ"),
        (interchange("UNH+1+CUSCAR'" * 2), "segment 3: expected UNT before UNH"),
        (interchange("UNH'UNT+2+1'"), "expected a CUSCAR or VERMAS message, got ''"),
        (
            interchange(message(kind="BAPLIE"), message(kind="COPRAR")),
            "expected a CUSCAR or VERMAS message, got 'BAPLIE', 'COPRAR'",
        ),
        (interchange(message("NAD CN")), "segment 3: expected a tag of three letters, got 'NAD CN'"),
        (interchange(message("GID:1+1")), "segment 3: expected a tag of three letters, got [['GID', '1']]"),
        (interchange(message("+1")), "segment 3: expected a tag of three letters, got ''"),
        (interchange(message("GID+1\0")), "expected text, got a zero byte in line 1"),
        (
            interchange(message("BGM" + "+" * MAX_PARTS)),
            f"segment 3: expected at most {MAX_PARTS} values and separators",
        ),
        (interchange(message("BGM+85")), "expected containers or goods, got none"),
    ],
)
def test_what_is_no_interchange(text: str, problem: str) -> None:
    assert fault(text) == problem


def test_empty_segments_are_passed_over() -> None:
    assert description(interchange(message(*GOODS)).replace("'CNI", "'''CNI")) == "TYRES"


def test_totals_that_disagree_are_said() -> None:
    text = interchange(message(*GOODS, count=9), message(*GOODS, count=0)).replace("UNZ+2", "UNZ+3")
    assert parse(text).notes == (
        "message 1 should hold 9 segments by its UNT and holds 6: something may be missing",
        "message 2 should hold 0 segments by its UNT and holds 6: something may be missing",
        "the file should hold 3 messages by its UNZ and holds 2: something may be missing",
    )


def test_other_messages_are_passed_over_with_a_note() -> None:
    file = parse(interchange(message("BGM+1", kind="CUSREP"), message(*GOODS)))
    assert file.notes == ("1 of 2 messages were not read: 'CUSREP'",)


def test_interchanges_one_after_the_other() -> None:
    file = parse(interchange(message(*GOODS)) + "\n" + interchange(message("EQD+CN+TGHU4175529")))
    assert [m.container_number for m in file.containers] == ["CSQU3054383", "TGHU4175529"]
    assert file.notes == ()


# Trees.

NESTING = {
    "CUSCAR": Nesting(
        opens={"CNI": frozenset({"UNH"}), "GID": frozenset({"CNI", "UNH"}), "SGP": frozenset({"GID"})},
        holds={"SGP": frozenset({"MEA"})},
    )
}


def paths(group: Group) -> list[str]:
    return [p for child in group.children() for p in (child.path, *paths(child))]


def test_paths_count_siblings_of_one_tag() -> None:
    text = message("BGM", "CNI+1", "GID+1", "MEA", "SGP", "MEA", "FTX", "SGP", "PCI", "GID+2", "CNI+2", "NAD")
    (root,), notes = messages(text, "m.edi", NESTING)
    assert notes == ()
    assert paths(root) == [
        "BGM",
        *("CNI[1]", "CNI[1].GID[1]", "CNI[1].GID[1].MEA", "CNI[1].GID[1].SGP[1]", "CNI[1].GID[1].SGP[1].MEA"),
        *("CNI[1].GID[1].FTX", "CNI[1].GID[1].SGP[2]", "CNI[1].GID[1].PCI", "CNI[1].GID[2]"),
        *("CNI[2]", "CNI[2].NAD"),
    ]
    assert [g.segment.number for g in root.children("CNI")] == [3, 12]


def test_several_messages_are_in_the_path() -> None:
    roots, _ = messages(interchange(message("GID+1"), message("GID+1", "GID+2")), "m.edi", NESTING)
    assert [p for root in roots for p in paths(root)] == ["UNH[1].GID", "UNH[2].GID[1]", "UNH[2].GID[2]"]


@given(st.lists(st.lists(st.text("ab :+?'", max_size=6), min_size=1, max_size=4), max_size=6))
def test_any_text_comes_back_as_it_was_escaped(segments: list[list[str]]) -> None:
    def escaped(text: str) -> str:
        return "".join(f"?{c}" if c in ":+?'" else c for c in text)

    text = message(*("FTX+" + "+".join(map(escaped, each)) for each in segments))
    (root,), _ = messages(text, "m.edi", {})
    found = [[g.value(i) for i in range(len(each))] for g, each in zip(root.children("FTX"), segments, strict=True)]
    assert found == [[value.strip() or None for value in each] for each in segments]


# Bounds.


@pytest.mark.parametrize(
    "body", ["'" * 300_000, "A+1'" * 50_000, "UNH+1+X'UNT+2+1'" * 20_000, "?" * 300_000 + "'", "UNB" + "+" * 300_000]
)
def test_no_file_is_slow(body: str) -> None:
    started = time.process_time()
    assert fault("UNB+UNOA:1'" + body)
    assert time.process_time() - started < 5


# Verified gross masses.


def test_verified_masses_alone() -> None:
    file = parse(VERMAS)
    assert file.containers == (
        Manifest(
            reference="4001234567",
            container_number="CSQU3054383",
            size_type="22G1",
            seals=("NW118204",),
            verified_gross_mass_kg=8630,
            lines=(),
        ),
        Manifest(container_number="TGHU4175529", verified_gross_mass_kg=10040, lines=()),
    )
    assert file.notes == (
        "the file gives verified gross masses alone: it lists no goods, and says nothing of full or empty",
    )


def vermas(*segments: str) -> str:
    return interchange(message("EQD+CN+CSQU3054383", *segments, kind="VERMAS"))


@pytest.mark.parametrize(
    ("value", "kg"),
    [
        ("KGM:8630", 8630),
        ("KGM:8630.5", 8630.5),
        ("KGM:8630,5", 8630.5),
        ("TNE:8.63", 8630),
        ("LBR:100", 45.359237),
        ("KGM:0", None),
        ("KGM", None),
    ],
)
def test_units_and_decimal_signs(value: str, kg: float | None) -> None:
    assert parse(vermas(f"MEA+AAE+VGM+{value}")).containers[0].verified_gross_mass_kg == kg


@pytest.mark.parametrize(
    ("segments", "problem"),
    [
        (["MEA+AAE+VGM+KGM:X"], "segment 4, EQD.MEA: expected a number, got 'X'"),
        (["MEA+AAE+VGM+KGM:1.000,5"], "segment 4, EQD.MEA: expected a number, got '1.000,5'"),
        (
            ["SEL+1", "MEA+AAE+T+KGM:1", "MEA+AAE+VGM+KGM:-1"],
            "segment 6, EQD.MEA[2]: expected a number, 0 or more, got '-1'",
        ),
        (["MEA+AAE+VGM+MTQ:1"], "segment 4, EQD.MEA: expected a unit of mass (KGM, TNE, DTN, GRM, LBR), got 'MTQ'"),
        (["MEA+AAE+VGM+:1"], "segment 4, EQD.MEA: expected a unit of mass (KGM, TNE, DTN, GRM, LBR), got None"),
    ],
)
def test_a_wrong_mass_is_found_by_its_path(segments: list[str], problem: str) -> None:
    assert fault(vermas(*segments)) == problem


def test_two_verified_masses_of_one_container() -> None:
    text = interchange(*(message("EQD+CN+CSQU3054383", f"MEA+AAE+VGM+KGM:{kg}", kind="VERMAS") for kg in (8000, 9000)))
    file = parse(text)
    assert file.containers[0].verified_gross_mass_kg is None
    assert file.own_notes == (
        ("container CSQU3054383: the papers disagree on verified_gross_mass_kg, so it was left out",),
    )


def test_a_cargo_report_and_verified_masses_in_one_file() -> None:
    both = CUSCAR.replace("UNZ+1+7781'\n", "") + VERMAS.partition("'\n")[2].replace("UNZ+1+55", "UNZ+2+7781")
    file = parse(both)
    assert [m.verified_gross_mass_kg for m in file.containers] == [8630, 10040, None]
    assert [len(m.lines) for m in file.containers] == [1, 2, 0]
