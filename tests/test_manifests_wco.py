"""WCO declarations: the real files, the model's details on small ones, and hostile XML."""

import time
from collections import Counter
from pathlib import Path

import pytest

from scantally.detector.config.iso6346 import number_problem
from scantally.detector.errors import ManifestError
from scantally.detector.manifests import parse_manifest, read_manifest
from scantally.detector.types import Manifest, ManifestFile, ManifestLine


def declaration(shipment: str, before: str = "") -> str:
    """A declaration around a shipment, in the envelope that the real files have."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<md:MetaData xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2" xmlns="urn:wco:datamodel:WCO:DEC-DMS:2">'
        f"<Declaration>{before}<GoodsShipment>{shipment}</GoodsShipment></Declaration></md:MetaData>"
    )


def item(inside: str = "", commodity: str = "", number: str = "1") -> str:
    return (
        f"<GovernmentAgencyGoodsItem><SequenceNumeric>{number}</SequenceNumeric>"
        f"<Commodity>{commodity}</Commodity>{inside}</GovernmentAgencyGoodsItem>"
    )


def equipment(*numbers: str) -> str:
    one = "<TransportEquipment><SequenceNumeric>{}</SequenceNumeric><ID>{}</ID></TransportEquipment>"
    return "".join(one.format(i, n) for i, n in enumerate(numbers, 1))


def parse(text: str) -> ManifestFile:
    return parse_manifest(text.encode(), "m.xml")


def only(text: str) -> Manifest:
    (manifest,) = parse(text).containers
    return manifest


def fault(text: str) -> str:
    with pytest.raises(ManifestError) as caught:
        parse(text)
    assert caught.value.source == "m.xml"
    return caught.value.problem


# The real files.

BROKEN = "are a comment that is not well-formed XML and were not read"


@pytest.fixture(scope="module")
def real(data_dir: Path) -> dict[str, ManifestFile]:
    started = time.process_time()
    files = {path.name: read_manifest(path) for path in sorted((data_dir / "wco_dec").glob("*.xml"))}
    assert time.process_time() - started < 10
    return files


def test_all_real_declarations_are_read(real: dict[str, ManifestFile]) -> None:
    assert len(real) == 132
    assert {file.format for file in real.values()} == {"wco-dec"}
    assert Counter(len(file.containers) for file in real.values()) == {1: 132}
    lines = [line for file in real.values() for line in file.containers[0].lines]
    assert len(lines) == 141
    assert all(line.description for line in lines)
    assert all(line.packages is not None and line.packages > 0 for line in lines)
    # As the files have them: counted by grep, an item without a classification has no code.
    assert Counter(len(line.hs_code or "") for line in lines) == {10: 103, 8: 31, 0: 7}
    assert sum(line.gross_mass_kg is None for line in lines) == 7
    assert sum(line.net_mass_kg is None for line in lines) == 8


def test_no_real_container_number_is_valid(real: dict[str, ManifestFile]) -> None:
    numbers = {file.containers[0].container_number for file in real.values()}
    assert None not in numbers
    assert all(number_problem(number or "") for number in numbers)


def test_a_real_declaration_in_full(real: dict[str, ManifestFile]) -> None:
    file = real["IMZ_Aggregated_Supplementary_Declaration.xml"]
    first, second = file.containers[0].lines
    assert file.containers[0].model_copy(update={"lines": ()}) == Manifest(
        reference="Agg_Supp_Dec_Z",
        container_number="DM1234",
        consignor="Chicago Cocoa Company",
        consignee="GB553202734852",
        lines=(),
    )
    assert first == ManifestLine(
        number=1,
        hs_code="1803100000",
        description="Cocoa Butter-fat and oil",
        packages=55,
        package_kind="IG",
        marks="PK12345",
        net_mass_kg=10,
        gross_mass_kg=15,
    )
    assert second.model_copy(update={"number": 1, "hs_code": "1803100000"}) == first
    assert (second.number, second.hs_code) == (2, "1804000000")


def test_what_broken_comments_swallow_is_said(real: dict[str, ManifestFile]) -> None:
    notes = {name: file.notes for name, file in real.items() if file.notes}
    assert notes == {
        "TT_EX022a_Declaration1_(Step1).xml": (f"lines 47 to 53 {BROKEN}; it swallows ID",),
        "TT_IM084a.xml": (f"lines 157 to 165 {BROKEN}; it swallows GovernmentProcedure, CurrentCode, PreviousCode",),
    }


# Lines.


def measure(gross: str, net: str = "") -> str:
    inside = f"<GrossMassMeasure{gross}</GrossMassMeasure>" + (
        f"<NetNetWeightMeasure{net}</NetNetWeightMeasure>" if net else ""
    )
    return f"<GoodsMeasure>{inside}</GoodsMeasure>"


@pytest.mark.parametrize(
    ("gross", "kg"),
    [
        (">150", 150),
        (' unitCode="KGM">150.25', 150.25),
        (' unitCode="TNE">2.3', 2300),
        (' unitCode="GRM">500', 0.5),
        (' unitCode="LBR">100', 45.359237),
        (' unitCode="DTN">1', 100),
        (">0", 0),
        ("> 12<!-- no -->34 ", 1234),
        (">", None),
        ("><null/>", None),
    ],
)
def test_masses_become_kg(gross: str, kg: float | None) -> None:
    assert only(declaration(item(commodity=measure(gross)))).lines[0].gross_mass_kg == kg


ITEM = "Declaration.GoodsShipment.GovernmentAgencyGoodsItem"
GROSS = "Commodity.GoodsMeasure.GrossMassMeasure"
NO_DECLARATION = "expected a Declaration of the WCO Data Model (namespace urn:wco:datamodel:...)"


@pytest.mark.parametrize(
    ("gross", "problem"),
    [
        (">12,5 TN", "expected kg, got '12,5 TN'"),
        (' unitCode="KGM">-1', "expected kg, 0 or more, got '-1'"),
        (">NaN", "expected kg, got 'NaN'"),
        (">1E5", "expected kg, got '1E5'"),
        (">" + "9" * 400, "expected at most 1,000,000,000 kg, got '" + "9" * 36 + "..."),
        (">1<!-- x -->0<b/>00", "expected text alone, got the element b in it"),
        ("><b>5</b>", "expected text alone, got the element b in it"),
        ("><b/><c/>", "expected text alone, got the element b in it"),
        ("><null/>5", "expected text alone, got the element null in it"),
        (' unitCode="TNE">x', "expected a mass in TNE, got 'x'"),
        (' unitCode="STN">5', "expected a unit of mass (KGM, TNE, DTN, GRM, LBR), got 'STN'"),
        (' unitCode="">5', "expected a unit of mass (KGM, TNE, DTN, GRM, LBR), got ''"),
    ],
)
def test_a_wrong_mass_is_found_by_its_path(gross: str, problem: str) -> None:
    text = declaration(item() + item(commodity=measure(gross), number="2"))
    assert fault(text) == f"{ITEM}[2].{GROSS}: {problem}"
    assert fault(declaration(item(commodity=measure(gross)))) == f"{ITEM}.{GROSS}: {problem}"


@pytest.mark.parametrize(
    ("codes", "hs_code"),
    [
        ({"TSP": "46021910", "TRC": "00"}, "4602191000"),
        ({"TRC": "00", "GN": "VATZ", "TSP": "46021910"}, "4602191000"),
        ({"TSP": "46021910", "TRA": "2501"}, "46021910"),
        ({"HS": "460219"}, "460219"),
        ({"TRC": "00"}, None),
        ({}, None),
    ],
)
def test_the_commodity_code(codes: dict[str, str], hs_code: str | None) -> None:
    commodity = "".join(
        f"<Classification><ID>{code}</ID><IdentificationTypeCode>{kind}</IdentificationTypeCode></Classification>"
        for kind, code in codes.items()
    )
    assert only(declaration(item(commodity=commodity))).lines[0].hs_code == hs_code


def test_several_packagings_are_added_up() -> None:
    one = "<Packaging><MarksNumbersID>{}</MarksNumbersID><QuantityQuantity>{}</QuantityQuantity><TypeCode>{}</TypeCode></Packaging>"
    line = only(
        declaration(item(one.format("A", 3, "BX") + one.format("B", "4.00", "DR") + one.format("A", 1, "BX")))
    ).lines[0]
    assert (line.packages, line.package_kind, line.marks) == (8, "BX, DR", "A, B")
    half = only(declaration(item(one.format("A", 3, "BX") + "<Packaging/>"))).lines[0]
    assert half.packages is None


@pytest.mark.parametrize(("unit", "quantity"), [("NAR", 12), ("H87", 12), ("LTR", None), (None, None)])
def test_a_tariff_quantity_counts_objects_only_by_its_unit(unit: str | None, quantity: float | None) -> None:
    attribute = f' unitCode="{unit}"' if unit else ""
    commodity = f"<GoodsMeasure><TariffQuantity{attribute}>12</TariffQuantity></GoodsMeasure>"
    assert only(declaration(item(commodity=commodity))).lines[0].quantity == quantity


def test_a_repeated_line_number_stays() -> None:
    assert [line.number for line in only(declaration(item() + item())).lines] == [1, 1]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (declaration(item(number="one")), f"{ITEM}.SequenceNumeric: expected a whole number, got 'one'"),
        (declaration(item(number="1.5")), f"{ITEM}.SequenceNumeric: expected a whole number, got '1.5'"),
        (
            declaration(item("<Packaging/><Packaging><QuantityQuantity>-2</QuantityQuantity></Packaging>")),
            f"{ITEM}.Packaging[2].QuantityQuantity: expected a whole number, 0 or more, got '-2'",
        ),
        (
            declaration(item("<Packaging><QuantityQuantity>600000000000</QuantityQuantity></Packaging>" * 2)),
            f"{ITEM}: expected at most 1,000,000,000,000 packages, got 1200000000000 in all",
        ),
        (
            declaration(item(commodity="<Description>coffee <b>and guns</b> more</Description>")),
            f"{ITEM}.Commodity.Description: expected text alone, got the element b in it",
        ),
        (
            declaration(item(commodity="<GoodsMeasure/><GoodsMeasure/>")),
            f"{ITEM}.Commodity: expected one GoodsMeasure, got 2",
        ),
        (
            '<Declaration xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"/>',
            "Declaration: expected a GoodsShipment, got none",
        ),
        (
            "<Declaration/>",
            f"{NO_DECLARATION} or ASYCUDA World's Awmds, Awbolds or ASYCUDA, got 'Declaration'",
        ),
        ("<a", "expected XML: unclosed token: line 1, column 0"),
        ("<a><b></a>", "expected XML: mismatched tag: line 1, column 8"),
        ("<a>" * 100, "expected at most 64 levels of elements"),
    ],
)
def test_what_is_refused_and_in_which_words(text: str, problem: str) -> None:
    assert fault(text) == problem


# Containers.


def test_what_a_container_says_of_itself() -> None:
    text = declaration(
        "<Consignment><TransportEquipment><CharacteristicCode>22G1</CharacteristicCode><FullnessCode>4</FullnessCode>"
        "<ID>CSQU3054383</ID><Seal><ID>S1</ID></Seal><Seal><ID>S2</ID></Seal></TransportEquipment></Consignment>"
        "<Consignee><ID>C1</ID></Consignee><Importer><Name>Imp</Name></Importer>",
        before="<ID>MRN</ID><TotalGrossMassMeasure unitCode='TNE'>1.5</TotalGrossMassMeasure><Exporter><Name>Exp</Name></Exporter>",
    )
    assert only(text) == Manifest(
        reference="MRN",
        container_number="CSQU3054383",
        size_type="22G1",
        empty=True,
        seals=("S1", "S2"),
        gross_mass_kg=1500,
        consignor="Exp",
        consignee="C1",
        lines=(),
    )


@pytest.mark.parametrize(
    ("code", "empty"), [("4", True), ("5", False), ("7", False), ("8", False), ("1", None), ("", None)]
)
def test_fullness(code: str, empty: bool | None) -> None:
    one = f"<TransportEquipment><ID>A</ID><FullnessCode>{code}</FullnessCode></TransportEquipment>"
    file = parse(declaration(f"<Consignment>{one}</Consignment>"))
    assert file.containers[0].empty is empty
    unknown = "container A: the code '1' for full or empty is not known, so it may be either"
    assert file.own_notes == ((unknown,) if code == "1" else (),)


def test_equipment_that_contradicts_itself() -> None:
    one = (
        "<TransportEquipment><CharacteristicCode>{}</CharacteristicCode><FullnessCode>{}</FullnessCode><ID>A</ID>"
        "<Seal><ID>{}</ID></Seal></TransportEquipment>"
    )
    file = parse(declaration(f"<Consignment>{one.format('22G1', 4, 'S1')}{one.format('45G1', 5, 'S2')}</Consignment>"))
    assert file.containers == (Manifest(container_number="A", seals=("S1", "S2"), lines=()),)
    assert file.own_notes == (
        tuple(f"container A: the papers disagree on {name}, so it was left out" for name in ("size_type", "empty")),
    )


def test_no_container_at_all() -> None:
    manifest = only(declaration(item()))
    assert manifest.container_number is None
    assert len(manifest.lines) == 1


def test_items_that_name_their_container() -> None:
    linked = [
        item(commodity=equipment("B") + measure(">5")),
        item("<TransportEquipment><SequenceNumeric>1</SequenceNumeric></TransportEquipment>", number="2"),
    ]
    file = parse(declaration(f"<Consignment>{equipment('A', 'B')}</Consignment>" + "".join(linked)))
    assert [(m.container_number, [(n.number, n.gross_mass_kg) for n in m.lines]) for m in file.containers] == [
        ("A", [(2, None)]),
        ("B", [(1, 5)]),
    ]
    assert file.notes == ()


def test_a_sequence_number_of_two_containers_means_both() -> None:
    twins = equipment("A") + equipment("B")
    named = item("<TransportEquipment><SequenceNumeric>1</SequenceNumeric></TransportEquipment>", measure(">5"))
    file = parse(declaration(f"<Consignment>{twins}</Consignment>{named}"))
    assert [(m.container_number, m.lines) for m in file.containers] == [
        (number, (ManifestLine(number=1),)) for number in ("A", "B")
    ]
    assert file.notes == (
        "the sequence number '1' is that of several containers: A, B",
        "several containers hold item 1: listed in each, without quantities and masses",
    )


def test_an_item_may_name_a_container_that_the_consignment_does_not() -> None:
    file = parse(declaration(item(commodity=equipment("A")) + item(commodity=equipment("a"), number="2")))
    assert [(m.container_number, len(m.lines)) for m in file.containers] == [("A", 2)]


def test_without_links_every_line_stands_in_every_container_without_amounts() -> None:
    goods = item("<Packaging><QuantityQuantity>3</QuantityQuantity><TypeCode>BX</TypeCode></Packaging>", measure(">5"))
    file = parse(
        declaration(
            f"<Consignment>{equipment('A', 'B')}</Consignment>{goods}",
            before="<TotalGrossMassMeasure>9</TotalGrossMassMeasure>",
        )
    )
    assert [m.container_number for m in file.containers] == ["A", "B"]
    for manifest in file.containers:
        assert manifest.gross_mass_kg is None
        assert manifest.lines == (ManifestLine(number=1, package_kind="BX"),)
    assert file.notes == (
        "the file does not say which of the 2 containers holds item 1: listed in each, without quantities and masses",
    )


def test_an_item_in_two_named_containers_has_no_amounts() -> None:
    file = parse(declaration(item(commodity=equipment("A", "B") + measure(">5"))))
    assert [m.lines[0].gross_mass_kg for m in file.containers] == [None, None]
    assert file.notes == ("several containers hold item 1: listed in each, without quantities and masses",)


def test_several_declarations_in_one_file() -> None:
    one = '<Declaration xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"><FunctionalReferenceID>{}</FunctionalReferenceID><GoodsShipment>{}</GoodsShipment></Declaration>'
    goods = f"<Consignment>{equipment('A')}</Consignment>" + item()
    file = parse("<all>" + one.format("R1", goods) + one.format("R2", item()) + "</all>")
    assert [(m.reference, m.container_number, len(m.lines)) for m in file.containers] == [
        ("R1", "A", 1),
        ("R2", None, 1),
    ]
    bad = item(commodity=measure(">x"))
    assert fault("<all>" + one.format("R1", goods) + one.format("R2", bad) + "</all>") == (
        f"Declaration[2].GoodsShipment.GovernmentAgencyGoodsItem.{GROSS}: expected kg, got 'x'"
    )


def test_several_shipments_lose_no_line() -> None:
    text = declaration(item() + "</GoodsShipment><GoodsShipment>" + item(commodity=equipment("A")))
    assert [(m.container_number, len(m.lines)) for m in parse(text).containers] == [(None, 1), ("A", 1)]


def test_elements_of_another_namespace_are_not_the_declarations() -> None:
    text = declaration('<x:GovernmentAgencyGoodsItem xmlns:x="urn:other"/>' + item())
    assert len(only(text).lines) == 1


# Hostile files.

REFUSED = "expected plain XML: a document type, an entity or an outside reference is refused"


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p"> %p;]>',
    ],
)
def test_document_types_and_entities_are_refused(head: str) -> None:
    assert fault(head + "<a>&c;</a>") == REFUSED


def test_an_undefined_entity() -> None:
    assert fault("<a>&x;</a>") == "expected XML: undefined entity: line 1, column 3"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b'<?xml version="1.0" encoding="foo"?><a/>', "expected XML in UTF-8 or UTF-16: unknown encoding: foo"),
        (
            b'<?xml version="1.0" encoding="gb2312"?><a/>',
            "expected XML in UTF-8 or UTF-16: multi-byte encodings are not supported",
        ),
        (b"<a>\xff\x81</a>", "expected XML: not well-formed (invalid token): line 1, column 3"),
        (
            b'<?xml version="1.0" encoding="ascii"?><a>\xff</a>',
            "expected XML: not well-formed (invalid token): line 1, column 41",
        ),
    ],
)
def test_a_wrong_encoding_is_named(raw: bytes, problem: str) -> None:
    with pytest.raises(ManifestError) as caught:
        parse_manifest(raw, "m.xml")
    assert caught.value.problem == problem


def test_windows_1252_is_read_with_a_note() -> None:
    text = declaration("<!-- -- -->" + item(commodity="<Description>Möbel</Description>"))
    file = parse_manifest(text.encode("cp1252"), "m.xml")
    assert file.containers[0].lines[0].description == "Möbel"
    assert file.notes == (
        "the text is not UTF-8: it was read as Windows-1252, so letters with accents may be wrong",
        f"lines 2 to 2 {BROKEN}",
    )


def test_utf_16_is_read() -> None:
    text = declaration(item(commodity="<Description>Möbel</Description>")).replace("UTF-8", "UTF-16")
    (manifest,) = parse_manifest(text.encode("utf-16"), "m.xml").containers
    assert manifest.lines[0].description == "Möbel"


@pytest.mark.parametrize(
    "body",
    ["<!--" * 500_000, "<!-- -- -->" * 200_000, "<a/>" * 100_000, "<a><!-- -- " + "<b" * 500_000 + "-->"],
)
def test_no_file_is_slow(body: str) -> None:
    started = time.process_time()
    with pytest.raises(ManifestError):
        parse(body)
    assert time.process_time() - started < 5


def test_lines_times_containers_is_bounded() -> None:
    text = declaration(f"<Consignment>{equipment(*map(str, range(1000)))}</Consignment>" + item() * 101)
    assert fault(text) == "101000 lines of goods are more than the 100000 that one file may hold"
