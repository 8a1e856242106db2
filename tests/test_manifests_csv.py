"""CSV manifests: columns by name, numbers that leave no doubt, rows by container, and faults with row and column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scantally.detector.config.manifests import ColumnMap, plain_name
from scantally.detector.errors import ManifestError
from scantally.detector.manifests import parse_manifest
from scantally.detector.manifests.numbers import meanings, read_as
from scantally.detector.types import Manifest, ManifestFile, ManifestLine


def parse(text: str, encoding: str = "utf-8", columns: ColumnMap | None = None) -> ManifestFile:
    return parse_manifest(text.encode(encoding), "m.csv", columns=columns)


def fault(text: str, encoding: str = "utf-8") -> str:
    with pytest.raises(ManifestError) as caught:
        parse(text, encoding)
    return caught.value.problem


EITHER = "which may mean 12.5 or 12500 (the column map can set 'decimal')"

FULL = """\
Reference,Container No.,Size/Type,Empty,Seal No,Tare (kg),Container gross weight,VGM,Shipper,Consignee,\
Item No,HS Code,Description of goods,Qty,Packages,Kind of packages,Marks & Nos,Net weight,Gross Mass (KG)
BL-7,CSQU3054383,22G1,no,S1 S2,2200,12000.5,14200.5,A,B,4,4011.20,tyres,600,60,PX,T/1-60,11500,12000.5
"""


def test_every_field_is_read() -> None:
    file = parse(FULL)
    assert file.format == "csv"
    assert file.notes == ()
    assert file.containers == (
        Manifest(
            reference="BL-7",
            container_number="CSQU3054383",
            size_type="22G1",
            empty=False,
            seals=("S1", "S2"),
            tare_kg=2200,
            gross_mass_kg=12000.5,
            verified_gross_mass_kg=14200.5,
            consignor="A",
            consignee="B",
            lines=(
                ManifestLine(
                    number=4,
                    hs_code="4011.20",
                    description="tyres",
                    quantity=600,
                    packages=60,
                    package_kind="PX",
                    marks="T/1-60",
                    net_mass_kg=11500,
                    gross_mass_kg=12000.5,
                ),
            ),
        ),
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_delimiters_encodings_and_line_endings(delimiter: str, encoding: str, ending: str) -> None:
    rows = [["Description", "Gross kg"], ['"tables,; big"', "7"], [], ['"chaïrs"', "8"]]
    text = ending.join(delimiter.join(row) for row in rows)
    (manifest,) = parse(text, encoding).containers
    assert [(line.number, line.description, line.gross_mass_kg) for line in manifest.lines] == [
        (1, "tables,; big", 7),
        (2, "chaïrs", 8),
    ]


def test_the_separator_line_of_spreadsheets() -> None:
    assert fault("sep=;\r\nDescription;Gross kg\r\na, b;x\r\n") == "row 3, column 'Gross kg': expected kg, got 'x'"


def test_windows_1252_is_read_with_a_note() -> None:
    file = parse("Beschreibung;Bruttogewicht\nMöbel;5\n", "cp1252")
    assert file.containers[0].lines[0].description == "Möbel"
    assert file.notes == ("the text is not UTF-8: it was read as Windows-1252, so letters with accents may be wrong",)


def test_unknown_columns_are_counted_and_named() -> None:
    file = parse("Description,Gross weight lbs,,Colour\nx,5,,red\n")
    assert file.notes == (
        "3 columns were not read, because their names are not in the column map: 'Gross weight lbs', '(no name)', 'Colour'",
    )
    assert file.containers[0].lines[0].gross_mass_kg is None
    assert parse("Description,Colour\nx,red\n").notes == (
        "1 column was not read, because its name is not in the column map: 'Colour'",
    )


def test_rows_are_grouped_by_container() -> None:
    file = parse(
        "Container,Description,Tare,Seal\n"
        'CSQU3054383,a,2200,S1\nMSKU0383250,b,,\ncsqu 305438-3,c,2200,"S2, S1"\n,d,,\nMSKU0383250,,3900,\n'
    )
    assert [(m.container_number, m.tare_kg, m.seals) for m in file.containers] == [
        ("CSQU3054383", 2200, ("S1", "S2")),
        ("MSKU0383250", 3900, ()),
        (None, None, ()),
    ]
    assert [[(n.number, n.description) for n in m.lines] for m in file.containers] == [
        [(1, "a"), (2, "c")],
        [(1, "b")],
        [(1, "d")],
    ]
    assert file.notes == ("1 line of goods names no container",)


def test_rows_that_disagree_leave_a_value_out() -> None:
    file = parse("Container,Description,Tare,Empty\nA,x,2200,E\nA,y,2300,\nA,z,2200,F\n")
    assert file.containers[0].tare_kg is None
    assert file.containers[0].empty is None
    assert file.own_notes == (
        (
            "container A: rows 2, 3 disagree on tare_kg, so it was left out",
            "container A: rows 2, 4 disagree on empty, so it was left out",
        ),
    )


def test_an_empty_container_needs_no_goods() -> None:
    (manifest,) = parse("Container,Full/Empty,Description\nCSQU3054383,E,\n").containers
    assert manifest == Manifest(container_number="CSQU3054383", empty=True, lines=())


def test_blank_cells_beyond_the_header_are_no_fault() -> None:
    assert parse("Description,Gross kg\nx,5,,\n").containers[0].lines[0].gross_mass_kg == 5


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            'Description,Gross kg\nx,1\n"12,5 TN",2\ny,"12,5 TN"\n',
            "row 4, column 'Gross kg': expected kg, got '12,5 TN'",
        ),
        ("Description,Gross kg\n\n\nx,-5\n", "row 4, column 'Gross kg': expected kg, 0 or more, got '-5'"),
        ("Description,Gross kg\nx,NaN\n", "row 2, column 'Gross kg': expected kg, got 'NaN'"),
        ("Description,Gross kg\nx,1e5\n", "row 2, column 'Gross kg': expected kg, got '1e5'"),
        ("Description,Gross kg\nx,٣\n", "row 2, column 'Gross kg': expected kg, got '٣'"),
        (
            "Description,Gross kg\nx,12.500\n",
            f"row 2, column 'Gross kg': expected kg, got '12.500', {EITHER}",
        ),
        ("Description,Packages\nx,1.5\n", "row 2, column 'Packages': expected a whole number, got '1.5'"),
        ("Description,Packages\nx,5 kg\n", "row 2, column 'Packages': expected a whole number, got '5 kg'"),
        ("Description,Qty\nx,many\n", "row 2, column 'Qty': expected a number, got 'many'"),
        ("Description,Empty\nx,maybe\n", "row 2, column 'Empty': expected 'empty' or 'full', yes or no, got 'maybe'"),
        ("Description,Full/Empty\nx,yes\n", "row 2, column 'Full/Empty': expected 'empty' or 'full', got 'yes'"),
        (
            "Container,Gross kg\nx,1\n",
            "row 1: expected a column for the description or the HS code of the goods, got 'Container', 'Gross kg'",
        ),
        ("Description,Gross kg\n", "expected rows of goods below the header in row 1, got none"),
        ("\nDescription,Gross kg\n\n,\n", "expected rows of goods below the header in row 2, got none"),
        ("\n \n", "expected a header row, got blank lines only"),
        ("Description,Gross kg\nx\n", "row 2: expected 2 cells as in the header, got 1"),
        ("Description,Gross kg\nx,1\ny,2,3\n", "row 3: expected 2 cells as in the header, got 3"),
        ("Description,Gross kg,Gross mass\nx,1,1\n", "row 1: columns 'Gross kg', 'Gross mass' all mean gross_mass_kg"),
        ('Description,Gross kg\n"x,1\n', "row 2: expected CSV: unexpected end of data"),
        ('Description,Gross kg\n"x"y,1\n', "row 2: expected CSV: ',' expected after '\"'"),
        ("Description\n" + "x" * 200_000, "row 2: expected CSV: field larger than field limit (131072)"),
        ("Description" + "," * 500 + "\n", "row 1: expected at most 500 columns, got 501"),
        ("Description\nx\0y\n", "expected text, got a zero byte in line 2"),
        ("Description\n" + "x\n" * 100_001, "100001 lines of goods are more than the 100000 that one file may hold"),
    ],
)
def test_what_is_refused_and_in_which_words(text: str, problem: str) -> None:
    assert fault(text) == problem


def test_bytes_that_fit_no_encoding() -> None:
    with pytest.raises(ManifestError) as caught:
        parse_manifest(b"Description\nM\x81bel\n", "m.csv")
    assert caught.value.problem == "expected UTF-8, UTF-16 or Windows-1252 text: byte 13 fits none"


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["12.5", "12.500"], [12.5, 12.5]),  # the point is a decimal sign elsewhere in the file
        (["12,5", "12.500"], [12.5, 12500]),
        (["0.125"], [0.125]),  # no thousands begin with 0
        (["1,234.5"], [1234.5]),
        (["1.234,5"], [1234.5]),
        (["1,234,567"], [1234567]),
        (["1 234", "1'234", "1\u202f234,5"], [1234, 1234, 1234.5]),
        (["1234.567 kg"], [1234.567]),
        (["25 KGS"], [25]),
        (["+7"], [7]),
        (["1234567"], [1234567]),
    ],
)
def test_numbers_without_doubt(texts: list[str], values: list[float]) -> None:
    file = parse("Description;Gross kg\n" + "".join(f"x;{t}\n" for t in texts))
    assert [line.gross_mass_kg for line in file.containers[0].lines] == values


@pytest.mark.parametrize(
    "text", ["1,23,456", "1.234,567.8", "12..5", ",5", "5,", "1'234 567", "", "kg", "--5", "12 50"]
)
def test_what_is_no_number(text: str) -> None:
    assert meanings(text, None) == []


def test_both_decimal_signs_in_one_file_decide_nothing() -> None:
    with pytest.raises(ManifestError, match=r"row 4, .* got '12.500', which may mean 12.5 or 12500"):
        parse("Description;Gross kg\nx;12,5\nx;12.5\nx;12.500\n")


def test_the_column_map_can_set_the_decimal_sign() -> None:
    text = "Description;Gross kg\nx;12.500\n"
    assert parse(text, columns=ColumnMap(decimal=".")).containers[0].lines[0].gross_mass_kg == 12.5
    assert parse(text, columns=ColumnMap(decimal=",")).containers[0].lines[0].gross_mass_kg == 12500


@given(st.integers(0, 10**12), st.integers(0, 999))
def test_a_number_printed_with_thousands_and_a_fraction_has_one_meaning(whole: int, part: int) -> None:
    text = f"{whole:,}.{part:03d}"
    value = float(f"{whole}.{part:03d}")
    assert read_as(text, ".") == value
    assert read_as(text.translate(str.maketrans(",.", ".,")), ",") == value
    assert meanings(text, None) == ([value] if "," in text or whole == 0 else sorted({value, whole * 1000.0 + part}))


def test_a_site_names_its_own_columns() -> None:
    columns = ColumnMap(description=("Was",), gross_mass_kg=("Wie schwer",), container_number=("Number",))
    (manifest,) = parse("was,WIE_SCHWER,number\nKaffee,5,CSQU3054383\n", columns=columns).containers
    assert manifest.container_number == "CSQU3054383"
    assert (manifest.lines[0].description, manifest.lines[0].gross_mass_kg) == ("Kaffee", 5)


def test_a_name_with_two_meanings_is_refused() -> None:
    with pytest.raises(ValidationError, match="column name 'Qty' means both quantity and packages"):
        ColumnMap(quantity=("QTY",), packages=("Qty",))


def test_what_a_site_says_wins_over_the_defaults() -> None:
    assert ColumnMap().lookup()["qty"] == "quantity"
    assert ColumnMap(packages=("Qty",)).lookup()["qty"] == "packages"


def test_the_default_names_have_one_meaning_each() -> None:
    names = [plain_name(name) for names in ColumnMap().columns().values() for name in set(map(plain_name, names))]
    assert len(names) == len(set(names))
    assert all(names)


def test_the_map_covers_every_field_of_a_manifest() -> None:
    fields = {*Manifest.model_fields, *ManifestLine.model_fields, "container_gross_mass_kg"} - {"lines"}
    assert set(ColumnMap().columns()) == fields


@pytest.mark.parametrize("name", ["Gross weight (t)", "Gross weight lbs", "Line", "Units", "Weight"])
def test_names_that_leave_a_doubt_mean_nothing(name: str) -> None:
    assert plain_name(name) not in ColumnMap().lookup()
