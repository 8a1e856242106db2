"""The table of formats, the choice among them, files on disk, the choice of a container, and damaged files."""

import hashlib
import json
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from manifest_samples import AWMDS, CUSCAR, SAD, VERMAS

from scantally.detector.config.limits import Limits
from scantally.detector.config.manifests import ColumnMap
from scantally.detector.errors import ManifestError
from scantally.detector.manifests import MANIFESTS, format_of, parse_manifest, read_manifest, reader
from scantally.detector.manifests.select import select
from scantally.detector.types import Manifest, ManifestFile

SAMPLES = {
    "m.json": json.dumps(
        {
            "container_number": "CSQU3054383",
            "seals": ["S1"],
            "lines": [{"number": 1, "description": "tyres", "packages": 5, "gross_mass_kg": 12.5}],
        }
    ).encode(),
    "several.json": b'{"containers": [{"container_number": "A", "lines": []}, {"lines": [{"marks": "\xc3\xa9"}]}]}',
    "m.csv": b'Container,Description,Gross kg,Packages,Empty,Foo\nCSQU3054383,"tyres, new",12.5,4,no,x\nA,b,1 200,,E,\n',
    "utf16.csv": "Beschreibung;Bruttogewicht\nMöbel;1.200,5\n".encode("utf-16"),
    "m.xml": (
        b'<?xml version="1.0" encoding="UTF-8"?><Declaration xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"><GoodsShipment>'
        b"<!-- a comment --><Consignment><TransportEquipment><ID>CSQU3054383</ID><Seal><ID>1</ID></Seal></TransportEquipment>"
        b"</Consignment><GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric><Commodity><Description>tyres"
        b"</Description><Classification><ID>40112010</ID><IdentificationTypeCode>TSP</IdentificationTypeCode>"
        b'</Classification><GoodsMeasure><GrossMassMeasure unitCode="KGM">12.5</GrossMassMeasure></GoodsMeasure></Commodity>'
        b"<Packaging><QuantityQuantity>5</QuantityQuantity><TypeCode>BX</TypeCode></Packaging>"
        b"</GovernmentAgencyGoodsItem></GoodsShipment></Declaration>"
    ),
    "manifest.xml": AWMDS.encode(),
    "declaration.xml": SAD.replace('"UTF-8"', '"UTF-16"').encode("utf-16"),
    "cuscar.edi": CUSCAR.encode(),
    "vermas.edi": VERMAS.encode(),
}


# The table.


@pytest.mark.parametrize("name", MANIFESTS)
def test_every_row_names_a_reader(name: str) -> None:
    assert callable(reader(name))


def test_extensions_belong_to_one_format() -> None:
    extensions = [e for row in MANIFESTS.values() for e in row.extensions]
    assert len(extensions) == len(set(extensions))


@pytest.mark.parametrize(
    ("raw", "source", "name"),
    [
        (b'{"lines": []}', "a", "json"),
        (b'  \r\n{"lines": []}', "a.txt", "json"),
        ('{"lines": []}'.encode("utf-16"), "a", "json"),
        (b"\xef\xbb\xbf<a/>", "a", "wco-dec"),
        (b"<a/>", "a.json", "wco-dec"),
        (b"<a><Awmds/></a>", "a", "wco-dec"),
        (b"<Awmds/>", "a", "asycuda-manifest"),
        (b"<awbolds >", "a.csv", "asycuda-manifest"),
        (b'<x:Awmds xmlns:x="urn:x"/>', "a", "asycuda-manifest"),
        (b'\xef\xbb\xbf <?xml version="1.0"?>\n<!-- <a> > -->\n<?pi <b>?><ASYCUDA>', "a", "asycuda-declaration"),
        ('\n<?xml version="1.0"?><ASYCUDA/>'.encode("utf-16-le"), "a", "asycuda-declaration"),
        ("<Awmds/>".encode("utf-16"), "a", "asycuda-manifest"),
        (b"<!-- Awmds", "a", "wco-dec"),
        (b"<", "a", "wco-dec"),
        (b"UNA:+.? 'UNB", "a", "edifact"),
        (b"\r\nUNB+UNOA:1", "a.txt", "edifact"),
        ("UNH+1".encode("utf-16"), "a.csv", "edifact"),
        (b"UNA|*.? ~", "a.EDI", "edifact"),
        (b"UNBEKANNT;Menge", "a.csv", "csv"),
        (b"x", "a.JSON", "json"),
        (b"x", "dir.xml/a.csv", "csv"),
        (b"x", "a.tsv", "csv"),
        (b"   ", "a.csv", "csv"),
    ],
)
def test_content_decides_before_the_extension(raw: bytes, source: str, name: str) -> None:
    assert format_of(raw, source) == name


def test_an_unknown_file_is_told_what_is_read() -> None:
    with pytest.raises(ManifestError) as caught:
        parse_manifest(b"%PDF-1.7", "a.pdf")
    assert str(caught.value) == (
        "a.pdf: not a manifest that can be read: expected JSON (.json), "
        "ASYCUDA World manifest (XML, Awmds or Awbolds), ASYCUDA World declaration (XML, ASYCUDA), "
        "WCO Data Model declaration (XML) (.xml), UN/EDIFACT CUSCAR or VERMAS (.edi, .edifact), CSV (.csv, .tsv, .txt)"
    )


def test_an_unknown_root_is_told_what_is_read() -> None:
    with pytest.raises(ManifestError) as caught:
        parse_manifest(b"<invoice/>", "a.xml")
    assert str(caught.value) == (
        "a.xml: expected a Declaration of the WCO Data Model (namespace urn:wco:datamodel:...) "
        "or ASYCUDA World's Awmds, Awbolds or ASYCUDA, got 'invoice'"
    )


def test_a_reader_refuses_the_root_of_another() -> None:
    for name, expected in (("asycuda-manifest", "Awmds or Awbolds"), ("asycuda-declaration", "ASYCUDA")):
        with pytest.raises(ManifestError) as caught:
            reader(name)(b"<invoice/>", "a.xml", Limits(), ColumnMap())
        assert caught.value.problem == f"expected the element {expected}, got 'invoice'"


# Files.


def test_a_file_is_read_with_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(b'{"lines": []}')
    file = read_manifest(path)
    assert (file.source, file.format, file.containers) == (path.name, "json", (Manifest(lines=()),))
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "the file is empty (0 bytes)"),
        (b'{"lines": []}' + b" " * 100, "113 bytes is over the limit of 100 bytes"),
    ],
)
def test_sizes_are_bounded_on_disk_and_in_memory(tmp_path: Path, raw: bytes, problem: str) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(raw)
    limits = Limits(max_manifest_bytes=100)
    for act in (lambda: read_manifest(path, limits), lambda: parse_manifest(raw, str(path), limits)):
        with pytest.raises(ManifestError) as caught:
            act()
        assert str(caught.value) == f"{path}: {problem}"


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no such file"):
        read_manifest(tmp_path / "none.json")
    with pytest.raises(ManifestError, match="expected a file"):
        read_manifest(tmp_path)


def test_notes_are_for_people() -> None:
    text = (
        '<Declaration xmlns="urn:wco:datamodel:x"><GoodsShipment>'
        + "<!-- -- -->" * 30
        + "</GoodsShipment></Declaration>"
    )
    notes = parse_manifest(text.encode(), "m.xml").notes
    assert len(notes) == 21
    assert notes[-1] == "and 10 more notes of this kind"


def test_notes_on_one_container_belong_to_it() -> None:
    """However many other containers of the file have notes of their own."""
    rows = "".join(f"C{i},x,1\nC{i},x,2\n" for i in range(30))
    file = parse_manifest(b"Container,Description,Tare\n" + rows.encode() + b"D,x,1\n", "m.csv")
    assert file.notes == () and len(file.own_notes) == 31
    assert file.notes_on(file.containers[29]) == ("container C29: rows 60, 61 disagree on tare_kg, so it was left out",)
    assert file.notes_on(file.containers[30]) == ()
    assert file.notes_on(Manifest(lines=())) == ()


# No amount is beyond what papers can mean, in any format.

MUCH = 10**9  # kg, as in types.py: written here anew
MANY = 10**12
AWMDS_LINE = "<Awmds><Bol_segment><Goods_segment>{}</Goods_segment></Bol_segment></Awmds>"
DEC_LINE = (
    '<Declaration xmlns="urn:wco:datamodel:x"><GoodsShipment><GovernmentAgencyGoodsItem>{}'
    "</GovernmentAgencyGoodsItem></GoodsShipment></Declaration>"
)
CUSCAR_LINE = "UNH+1+CUSCAR'GID+1{}'UNT+3+1'"
KG, COUNT = "at most 1,000,000,000 kg", "at most 1,000,000,000,000"


@pytest.mark.parametrize(
    ("name", "text", "most", "problem"),
    [
        (
            "m.json",
            '{{"lines": [{{"gross_mass_kg": {}}}]}}',
            MUCH,
            "lines[0].gross_mass_kg: expected at most 1,000,000,000",
        ),
        ("m.json", '{{"lines": [], "tare_kg": {}}}', MUCH, "tare_kg: expected at most 1,000,000,000"),
        ("m.json", '{{"lines": [{{"packages": {}}}]}}', MANY, f"lines[0].packages: expected {COUNT}"),
        ("m.json", '{{"lines": [{{"quantity": {}}}]}}', MANY, f"lines[0].quantity: expected {COUNT}"),
        ("m.csv", "Goods,Gross kg\nx,{}\n", MUCH, f"row 2, column 'Gross kg': expected {KG}"),
        ("m.csv", "Goods,Packages\nx,{}\n", MANY, f"row 2, column 'Packages': expected {COUNT}"),
        ("m.csv", "Goods,Quantity\nx,{}\n", MANY, f"row 2, column 'Quantity': expected {COUNT}"),
        ("m.xml", AWMDS_LINE.format("<Gross_mass>{}</Gross_mass>"), MUCH, f"Gross_mass: expected {KG}"),
        (
            "m.xml",
            AWMDS_LINE.format("<Number_of_packages>{}</Number_of_packages>"),
            MANY,
            f"Number_of_packages: expected {COUNT}",
        ),
        (
            "m.xml",
            DEC_LINE.format(
                "<Commodity><GoodsMeasure><GrossMassMeasure unitCode='TNE'>{}</GrossMassMeasure></GoodsMeasure></Commodity>"
            ),
            MUCH // 1000,
            f"GrossMassMeasure: expected {KG}",
        ),
        (
            "m.xml",
            DEC_LINE.format(
                "<Commodity><GoodsMeasure><TariffQuantity unitCode='NAR'>{}</TariffQuantity></GoodsMeasure></Commodity>"
            ),
            MANY,
            f"TariffQuantity: expected {COUNT}",
        ),
        ("m.edi", CUSCAR_LINE.format("'MEA+AAE+G+KGM:{}"), MUCH, f"segment 3, GID.MEA: expected {KG}"),
        ("m.edi", CUSCAR_LINE.format("'MEA+AAE+G+TNE:{}"), MUCH // 1000, f"segment 3, GID.MEA: expected {KG}"),
        ("m.edi", CUSCAR_LINE.format("+{}:CT"), MANY, f"segment 2, GID: expected {COUNT}"),
    ],
)
def test_no_amount_is_beyond_what_papers_can_mean(name: str, text: str, most: int, problem: str) -> None:
    (manifest,) = parse_manifest(text.format(most).encode(), name).containers
    amounts = [
        manifest.tare_kg,
        *(v for line in manifest.lines for v in (line.gross_mass_kg, line.quantity, line.packages)),
    ]
    assert set(amounts) - {None} in ({MUCH}, {MANY})
    for beyond in (most + 1, "9" * 15):
        with pytest.raises(ManifestError) as caught:
            parse_manifest(text.format(beyond).encode(), name)
        assert f"{problem}, got " in str(caught.value)


@pytest.mark.parametrize("digits", [59, 400, 2_000_000])
def test_a_mass_of_very_many_digits_is_refused_whatever_its_unit(digits: int) -> None:
    for unit in ("KGM", "TNE", "GRM"):
        mass = f"<GrossMassMeasure unitCode='{unit}'>{'9' * digits}</GrossMassMeasure>"
        text = DEC_LINE.format(f"<Commodity><GoodsMeasure>{mass}</GoodsMeasure></Commodity>")
        with pytest.raises(ManifestError, match=f"GrossMassMeasure: expected {KG}, got '999"):
            parse_manifest(text.encode(), "m.xml")


# Which container.


def file_of(*numbers: str | None) -> ManifestFile:
    containers = tuple(Manifest(container_number=n, lines=()) for n in numbers)
    return ManifestFile(source="m.json", sha256="", format="json", containers=containers)


def test_select_compares_normalised_numbers() -> None:
    assert select(file_of("MSKU0383250", "CSQU 305438-3"), "csqu3054383").container_number == "CSQU 305438-3"


@pytest.mark.parametrize(("numbers", "wanted"), [(["A"], None), ([None], None), ([None], "A"), (["A"], "A")])
def test_select_takes_the_only_container(numbers: list[str | None], wanted: str | None) -> None:
    assert select(file_of(*numbers), wanted).container_number == numbers[0]


@pytest.mark.parametrize(
    ("numbers", "wanted", "problem"),
    [
        (["A", "B"], None, "expected one container or the number of one: the file holds A, B"),
        (["A"], "B", "no container has the number 'B': the file holds A"),
        (["A", None], "B", "no container has the number 'B': the file holds A, one without a number"),
        (["A", "a ", "B"], "A", "2 containers have the number 'A': the file holds A, a , B"),
        (list("ABCDEFG"), "X", "no container has the number 'X': the file holds A, B, C, D, E and 2 more"),
    ],
)
def test_select_says_what_the_file_holds(numbers: list[str | None], wanted: str | None, problem: str) -> None:
    with pytest.raises(ManifestError) as caught:
        select(file_of(*numbers), wanted)
    assert caught.value.problem == problem


# Of each format a file with two containers that bear one number (in JSON alone they stay apart), and one other.
SEVERAL = {
    "m.json": b'{"containers": [{"container_number": "A", "lines": []}, {"container_number": "a", "lines": []},'
    b' {"container_number": "B", "lines": []}]}',
    "m.csv": b"Container,Description\nA,x\na,y\nB,z\n",
    "manifest.xml": b"<Awmds><Bol_segment><ctn_segment><Ctn_reference>A</Ctn_reference></ctn_segment></Bol_segment>"
    b"<Bol_segment><ctn_segment><Ctn_reference>a</Ctn_reference></ctn_segment>"
    b"<ctn_segment><Ctn_reference>B</Ctn_reference></ctn_segment></Bol_segment></Awmds>",
    "declaration.xml": b"<ASYCUDA><Container><Container_identity>A</Container_identity></Container>"
    b"<Container><Container_identity>a</Container_identity></Container>"
    b"<Container><Container_identity>B</Container_identity></Container></ASYCUDA>",
    "wco.xml": b'<x xmlns="urn:wco:datamodel:x">'
    + b"".join(
        b"<Declaration><GoodsShipment><Consignment><TransportEquipment><ID>%s</ID></TransportEquipment></Consignment>"
        b"</GoodsShipment></Declaration>" % number
        for number in (b"A", b"a", b"B")
    )
    + b"</x>",
    "m.edi": b"UNH+1+CUSCAR:D:95B:UN'EQD+CN+A'EQD+CN+a'EQD+CN+B'UNT+5+1'",
    "v.edi": b"UNH+1+VERMAS:D:16A:UN'EQD+CN+A'EQD+CN+a'EQD+CN+B'UNT+5+1'",
}
APART = {"m.json", "wco.xml"}
"""Formats whose containers are taken at their word; the others' papers of one number are one container's."""


@pytest.mark.parametrize("name", SEVERAL)
def test_the_right_container_of_a_file_of_each_format(name: str) -> None:
    file = parse_manifest(SEVERAL[name], name)
    assert select(file, "b").container_number == "B"
    holds = "the file holds A, a, B" if name in APART else "the file holds A, B"
    for wanted, problem in (
        ("C", "no container has the number 'C'"),
        (None, "expected one container or the number of one"),
        ("A", "2 containers have the number 'A'"),
    ):
        if wanted == "A" and name not in APART:
            assert select(file, "A").container_number == "A"
            continue
        with pytest.raises(ManifestError) as caught:
            select(file, wanted)
        assert caught.value.problem == f"{problem}: {holds}"


# Damage: only an error of one line, or a file that was read.


def read_or_refuse(raw: bytes, name: str) -> None:
    try:
        file = parse_manifest(raw, name)
    except ManifestError as e:
        assert "\n" not in str(e)
        assert str(e).startswith(f"{name}: ")
        assert len(str(e)) < 1000
    else:
        assert file.containers
        assert all(line.number is not None for m in file.containers for line in m.lines)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_read(name: str) -> None:
    file = parse_manifest(SAMPLES[name], name)
    assert any(m.lines or m.verified_gross_mass_kg for m in file.containers)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_truncation(name: str) -> None:
    for end in range(0, len(SAMPLES[name]), 1 + len(SAMPLES[name]) // 1000):
        read_or_refuse(SAMPLES[name][:end], name)


HARM = [
    b"\0",
    b"\xff",
    b'"',
    b"<",
    b"'",
    b"+",
    b"?",
    b":",
    b">",
    b"&",
    b"--",
    b"<!--",
    b"{",
    b"[",
    b",",
    b";",
    b"\n",
    b"\r",
    b"-",
    b"9" * 400,
]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[bytes, str]:
    """A sample with a few bits flipped, bytes put in, pieces taken out or doubled."""
    name = draw(st.sampled_from(sorted(SAMPLES)))
    raw = bytearray(SAMPLES[name])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(raw) - 1, 0)))
        length = draw(st.integers(1, 40))
        match draw(st.sampled_from(["flip", "insert", "cut", "double"])):
            case "flip":
                if raw:
                    raw[at] ^= 1 << draw(st.integers(0, 7))
            case "insert":
                raw[at:at] = draw(st.sampled_from(HARM) | st.binary(max_size=8))
            case "cut":
                del raw[at : at + length]
            case "double":
                raw[at:at] = raw[at : at + length]
    return bytes(raw), name


@settings(max_examples=800, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_damaged_samples_are_read_or_refused(case: tuple[bytes, str]) -> None:
    read_or_refuse(*case)


@settings(max_examples=200)
@given(st.binary(max_size=200), st.sampled_from(["a.json", "a.csv", "a.xml", "a.edi", "a"]))
def test_any_bytes_are_read_or_refused(raw: bytes, name: str) -> None:
    read_or_refuse(raw, name)


N = 4000
SLOW = {
    "containers of a declaration": "<ASYCUDA>" + "<Container/>" * N + "<Item/>" * N + "</ASYCUDA>",
    "containers of a bill": "<Awmds><Bol_segment>"
    + "<ctn_segment/>" * N
    + "<Goods_segment/>" * N
    + "</Bol_segment></Awmds>",
    "goods that name containers": "<Awmds><Bol_segment>"
    + "".join(f"<ctn_segment><Ctn_reference>{i}</Ctn_reference></ctn_segment>" for i in range(N))
    + "".join(
        f"<Goods_segment><Container_item_references><Ctn_item_reference>{i}</Ctn_item_reference>"
        "</Container_item_references></Goods_segment>"
        for i in range(N)
    )
    + "</Bol_segment></Awmds>",
    "equipment of a message": "UNH+1+CUSCAR'" + "EQD+CN'" * N + "GID+1'" * N + f"UNT+{2 * N + 2}+1'",
    "messages": "".join(f"UNH+1+CUSCAR'EQD+CN+{i}'UNT+3+1'" for i in range(N)),
    "shipments": f'<Declaration xmlns="urn:wco:datamodel:x">{"<GoodsShipment/>" * N}</Declaration>',
    "shipments and equipment": '<Declaration xmlns="urn:wco:datamodel:x"><Consignment>'
    + "<TransportEquipment><ID>A</ID></TransportEquipment>" * N
    + f"</Consignment>{'<GoodsShipment/>' * N}</Declaration>",
    "attributes of an XML declaration": "<?xml " + 'encoding="a" ' * N,
}


@pytest.mark.parametrize("kind", SLOW)
def test_time_grows_no_faster_than_the_file(kind: str) -> None:
    """Each took from 4 to 100 s by way of n containers for each of n lines, or n of anything for each of n others."""
    text = SLOW[kind]
    started = time.process_time()
    read_or_refuse(text.encode(), "m.edi" if text.startswith("UNH") else "m.xml")
    assert time.process_time() - started < 4


def test_damaged_real_declarations(data_dir: Path) -> None:
    raw = (data_dir / "wco_dec" / "TT_IM084a.xml").read_bytes()
    for end in range(0, len(raw), 97):
        read_or_refuse(raw[:end], "m.xml")
        read_or_refuse(raw[:end] + b"<!--" + raw[end:], "m.xml")
        read_or_refuse(raw[:end] + raw[end + 5 :], "m.xml")
