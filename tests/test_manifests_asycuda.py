"""ASYCUDA World: manifests of several containers and bills, declarations, codes and faults."""

import pytest
from manifest_samples import AWMDS, SAD

from scantally.detector.errors import ManifestError
from scantally.detector.manifests import parse_manifest
from scantally.detector.manifests.asycuda import EMPTY
from scantally.detector.manifests.reading import MAX_LINES
from scantally.detector.types import Manifest, ManifestFile, ManifestLine


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


def ctn(number: str = "CSQU3054383", inside: str = "") -> str:
    return f"<ctn_segment><Ctn_reference>{number}</Ctn_reference>{inside}</ctn_segment>"


def goods(inside: str = "<Goods_description>tyres</Goods_description>") -> str:
    return f"<Goods_segment>{inside}</Goods_segment>"


def bill(*inside: str, reference: str = "B1") -> str:
    return f"<Bol_segment><Bol_id><Bol_reference>{reference}</Bol_reference></Bol_id>{''.join(inside)}</Bol_segment>"


def awmds(*bills: str) -> str:
    return f"<Awmds>{''.join(bills)}</Awmds>"


WITHOUT = "without quantities and masses"

# The manifest in full.

TYRES = ManifestLine(
    number=1, description="NEW PNEUMATIC TYRES FOR PASSENGER CARS", package_kind="PCE", marks="NORDWALL 1-1300"
)


def test_a_manifest_of_three_bills_and_containers() -> None:
    file = parse(AWMDS)
    assert file.format == "asycuda-manifest"
    assert file.containers == (
        Manifest(
            reference="GRNW26031177",
            container_number="CSQU3054383",
            size_type="22G1",
            empty=False,
            seals=("NW118204", "K77"),
            tare_kg=2230,
            gross_mass_kg=6400,
            consignor="Nordwall Tyre Works AB",
            consignee="Amber Coast Motors Ltd",
            lines=(TYRES.model_copy(update={"packages": 640}),),
        ),
        Manifest(
            reference="GRNW26031177, GRNW26031180",
            container_number="TGHU4175529",
            size_type="22G1",
            empty=False,
            seals=("NW118205",),
            consignor="Nordwall Tyre Works AB, Lindqvist Kitchens",
            consignee="Amber Coast Motors Ltd, C20915",
            lines=(
                TYRES.model_copy(update={"packages": 660}),
                ManifestLine(
                    number=2,
                    description="Kitchen cupboards, wood",
                    packages=30,
                    package_kind="CT",
                    marks="N/M",
                    gross_mass_kg=1200,
                ),
            ),
        ),
        Manifest(reference="GRNW26031199", container_number="HLXU6203115", size_type="45G1", empty=True, lines=()),
    )
    assert file.notes == (
        f"several containers hold the goods of bill GRNW26031177: listed in each with its packages, {WITHOUT}",
    )
    doubt = "it is in several bills, and each one's goods weight may be a part or the whole, so it was left out"
    only_empty = "1 line of goods says only that it is empty, as declared, and no more: left out"
    assert file.own_notes == (
        (),
        (f"container TGHU4175529: {doubt}",),
        (f"container HLXU6203115: {only_empty}",),
    )


@pytest.mark.parametrize(
    ("counts", "total", "packages", "what"),
    [
        ((3, 7), 10, [3, 7], " with its packages"),
        ((10, 10), 10, [None, None], ""),  # each gives the whole
        ((3, None), 10, [None, None], ""),
        ((0, 10), 10, [None, None], ""),  # a zero is a field that nobody filled
    ],
)
def test_a_bill_of_two_containers(
    counts: tuple[int | None, ...], total: int, packages: list[int | None], what: str
) -> None:
    held = [
        ctn(n, "" if c is None else f"<Number_of_packages>{c}</Number_of_packages>")
        for n, c in zip("AB", counts, strict=True)
    ]
    line = f"<Number_of_packages>{total}</Number_of_packages><Gross_mass>50</Gross_mass>"
    file = parse(awmds(bill(*held, goods(line))))
    assert [m.lines for m in file.containers] == [(ManifestLine(number=1, packages=p),) for p in packages]
    assert file.notes == (f"several containers hold the goods of bill B1: listed in each{what}, {WITHOUT}",)


def test_goods_that_name_their_container() -> None:
    link = "<Container_item_references><Ctn_item_reference>{}</Ctn_item_reference></Container_item_references>"
    one = goods("<Gross_mass>10</Gross_mass>" + link.format("b-"))
    other = goods("<Gross_mass>20</Gross_mass>" + link.format("A") + link.format("B"))
    file = parse(awmds(bill(ctn("A"), ctn("B"), one, other)))
    assert [[line.gross_mass_kg for line in m.lines] for m in file.containers] == [[None], [10, None]]


def test_goods_without_a_container_form_a_document_of_their_own() -> None:
    file = parse(awmds(bill(ctn("A"), goods()), bill(goods(), goods(), reference="B2")))
    assert [(m.container_number, m.reference, len(m.lines)) for m in file.containers] == [
        ("A", "B1", 1),
        (None, "B2", 2),
    ]
    assert file.notes == ("2 lines of goods name no container",)
    assert parse(awmds(bill(goods()))).notes == ()


def test_one_container_in_two_bills_whatever_its_spelling() -> None:
    seal = "<Marks1>{}</Marks1><Type_of_container>{}</Type_of_container><Empty_weight>{}</Empty_weight>"
    first, second = (
        ctn("CSQU 305438-3", seal.format("S1", "22G1", 2200)),
        ctn("csqu3054383", seal.format("S2", "20GP", 2200)),
    )
    file = parse(awmds(bill(first, goods()), bill(second, goods(), reference="B2")))
    (manifest,) = file.containers
    assert (manifest.container_number, manifest.reference) == ("CSQU 305438-3", "B1, B2")
    assert (manifest.seals, manifest.size_type, manifest.tare_kg) == (("S1", "S2"), None, 2200)
    assert file.notes == ()
    assert file.own_notes == (("container CSQU 305438-3: the papers disagree on size_type, so it was left out",),)


def test_names_of_elements_in_any_case_and_with_a_namespace() -> None:
    text = awmds(bill(ctn("A", "<Goods_Weight>5</Goods_Weight><Empty_full>1/1</Empty_full>"), goods()))
    for each in (text, text.replace("<Awmds>", '<Awmds xmlns="urn:x">'), text.replace("Awmds", "AWMDS")):
        assert (only(each).gross_mass_kg, only(each).empty) == (5, False)


def test_bills_divided_further_and_the_elements_of_bangladesh() -> None:
    container = "<Status>ETY</Status><Seal_number>77</Seal_number><Gross_weight>12</Gross_weight>"
    manifest = only(f"<Awbolds><Master_bol/>{bill(ctn('A', container), goods())}</Awbolds>")
    assert (manifest.empty, manifest.seals, manifest.gross_mass_kg) == (True, ("77",), 12)


# Full or empty.


@pytest.mark.parametrize(("code", "empty"), EMPTY.items())
def test_codes_of_full_and_empty(code: str, empty: bool) -> None:
    file = parse(awmds(bill(ctn("A", f"<Empty_Full> {code.lower()} </Empty_Full>"))))
    assert (file.containers[0].empty, file.notes) == (empty, ())


@pytest.mark.parametrize(
    "field", ["", "<Empty_Full/>", "<Empty_Full> </Empty_Full>", "<Empty_Full><null/></Empty_Full>"]
)
def test_no_code_says_nothing(field: str) -> None:
    file = parse(awmds(bill(ctn("A", field))))
    assert (file.containers[0].empty, file.notes) == (None, ())


def test_an_unknown_code_is_said() -> None:
    code = "<Empty_Full>007</Empty_Full>"
    file = parse(awmds(bill(ctn("A", code), ctn("B", code)), bill(ctn("C", "<Empty_Full>X</Empty_Full>"))))
    assert [m.empty for m in file.containers] == [None] * 3
    assert file.notes == ()
    assert file.own_notes == tuple(
        (f"container {number}: the code '{said}' for full or empty is not known, so it may be either",)
        for number, said in (("A", "007"), ("B", "007"), ("C", "X"))
    )


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("EMPTY CONTAINER", 0),
        ("1 x 40' HC EMPTY CONTAINERS", 0),
        ("CONTENEURS VIDES", 0),
        ("Contenedor vacío", 0),
        ("MTY", 0),
        ("EMPTY BOTTLES OF GLASS", 1),
        ("CONTAINER", 1),
        ("", 1),
    ],
)
def test_a_line_that_says_empty_is_no_goods_of_an_empty_container(text: str, kept: int) -> None:
    line = goods(f"<Goods_description>{text}</Goods_description>")
    for code, count in (("0/0", kept), ("1/1", 1), ("", 1)):
        manifest = only(awmds(bill(ctn("A", f"<Empty_Full>{code}</Empty_Full>"), line)))
        assert len(manifest.lines) == count


# Faults.

GOODS = "Goods_segment"
CTN = "ctn_segment"


@pytest.mark.parametrize(
    ("inside", "problem"),
    [
        (goods("<Gross_mass>12,5 TN</Gross_mass>"), f"{GOODS}.Gross_mass: expected kg, got '12,5 TN'"),
        (goods("<Gross_mass>-1</Gross_mass>"), f"{GOODS}.Gross_mass: expected kg, 0 or more, got '-1'"),
        (
            goods("<Number_of_packages>2.5</Number_of_packages>"),
            f"{GOODS}.Number_of_packages: expected a whole number, got '2.5'",
        ),
        (
            goods("<Number_of_packages>many</Number_of_packages>"),
            f"{GOODS}.Number_of_packages: expected a whole number, got 'many'",
        ),
        (
            goods() + goods("<Gross_mass>x</Gross_mass>"),
            f"{GOODS}[2].Gross_mass: expected kg, got 'x'",
        ),
        (goods("<Gross_mass>1</Gross_mass>" * 2), f"{GOODS}: expected one Gross_mass, got 2"),
        (ctn("A", "<Empty_weight>heavy</Empty_weight>"), f"{CTN}.Empty_weight: expected kg, got 'heavy'"),
        (ctn() + ctn("A", "<Goods_weight>1 t</Goods_weight>"), f"{CTN}[2].Goods_weight: expected kg, got '1 t'"),
    ],
)
def test_a_wrong_value_is_found_by_its_path(inside: str, problem: str) -> None:
    assert fault(awmds(bill(inside))) == f"Bol_segment.{problem}"
    assert fault(awmds(bill(goods()), bill(inside, reference="2"))) == f"Bol_segment[2].{problem}"


@pytest.mark.parametrize(
    "text", ["<Awmds/>", "<Awmds><General_segment/></Awmds>", "<Awmds><Bol_segment/></Awmds>", "<ASYCUDA/>"]
)
def test_nothing_in_it(text: str) -> None:
    assert fault(text) == "expected containers or goods, got none"


def test_lines_times_containers_is_bounded() -> None:
    text = awmds(bill(*(ctn(str(i)) for i in range(1000)), *(goods() for _ in range(100))))
    assert fault(text) == f"{MAX_LINES + 1000} lines of goods are more than the {MAX_LINES} that one file may hold"


def test_long_texts_and_many_bills_make_short_notes() -> None:
    bills = (bill(ctn("A"), ctn("B"), goods(), reference=f"{i}" + "x" * 1000) for i in range(200))
    file = parse(awmds(*bills))
    assert max(len(note) for note in file.notes) < 500
    assert len(file.containers[0].reference or "") < 6000


# Encodings.


def test_encodings() -> None:
    text = '<?xml version="1.0" encoding="{}"?>' + awmds(
        bill(ctn("A"), goods("<Goods_description>Möbel</Goods_description>"))
    )
    for name in ("utf-8", "utf-16", "iso-8859-1", "windows-1252"):
        file = parse_manifest(text.format(name).encode(name), "m.xml")
        assert (file.containers[0].lines[0].description, file.notes) == ("Möbel", ())
    for declared in (text.format("utf-8"), text.partition("?>")[2]):
        file = parse_manifest(declared.encode("cp1252"), "m.xml")
        assert file.containers[0].lines[0].description == "Möbel"
        assert file.notes == (
            "the text is not UTF-8: it was read as Windows-1252, so letters with accents may be wrong",
        )


# Declarations.


def test_a_declaration_in_full() -> None:
    file = parse(SAD)
    assert (file.format, file.notes) == ("asycuda-declaration", ())
    assert file.containers == (
        Manifest(
            reference="HH-0417",
            container_number="MSKU0383250",
            size_type="45G1",
            empty=False,
            gross_mass_kg=9150,
            consignor="Brightwater Appliances",
            consignee="Harbour Homestore",
            lines=(
                ManifestLine(
                    number=1,
                    hs_code="8450110000",
                    description="WASHING MACHINES 8 KG FRONT LOADER",
                    quantity=120,
                    packages=120,
                    package_kind="CT",
                    marks="HH 1-120",
                    net_mass_kg=7800,
                    gross_mass_kg=8400,
                ),
                ManifestLine(
                    number=2,
                    hs_code="8450900000",
                    description="Parts",
                    packages=25,
                    package_kind="CT",
                    net_mass_kg=700,
                    gross_mass_kg=750,
                ),
            ),
        ),
    )


def sad(*inside: str) -> str:
    return f"<ASYCUDA>{''.join(inside)}</ASYCUDA>"


def item(gross: str = "10", inside: str = "") -> str:
    weight = f"<Valuation_item><Weight_itm><Gross_weight_itm>{gross}</Gross_weight_itm></Weight_itm></Valuation_item>"
    return f"<Item>{weight}{inside}</Item>"


def held(number: str, of: int | str = "", packages: int = 0, kg: float = 0) -> str:
    return (
        f"<Container><Item_Number>{of}</Item_Number><Container_identity>{number}</Container_identity>"
        f"<Packages_number>{packages}</Packages_number><Packages_weight>{kg}</Packages_weight></Container>"
    )


Lines = list[tuple[int | None, int | None, float | None]]


@pytest.mark.parametrize(
    ("containers", "lines", "notes"),
    [
        ("", {None: [(1, None, 10), (2, None, 20)]}, ()),
        (held("A"), {"A": [(1, None, 10), (2, None, 20)]}, ()),
        (held("A", 1) + held("B", 2), {"A": [(1, None, 10)], "B": [(2, None, 20)]}, ()),
        (
            held("A", 1) + held("B", 1) + held("A", 2),
            {"A": [(1, None, None), (2, None, 20)], "B": [(1, None, None)]},
            ("several containers hold item 1: listed in each, without quantities and masses",),
        ),
        (
            held("A", 1, 6, 4) + held("B", 1, 9, 6) + held("B", 2, 5, 20),
            {"A": [(1, 6, 4)], "B": [(1, 9, 6), (2, 5, 20)]},
            ("several containers hold item 1: listed in each with its packages, without quantities and masses",),
        ),
        (  # item 2 is named by no container, so it may be in any
            held("A", 1) + held("B", 1),
            {"A": [(1, None, None), (2, None, None)], "B": [(1, None, None), (2, None, None)]},
            ("several containers hold item 1, item 2: listed in each, without quantities and masses",),
        ),
        (held("A", 1, 2) + held("a", 1, 3) + held("A", 2), {"A": [(1, 5, 10), (2, None, 20)]}, ()),
    ],
)
def test_items_and_their_containers(containers: str, lines: dict[str | None, Lines], notes: tuple[str, ...]) -> None:
    file = parse(sad(item("10"), item("20"), containers))
    found = {m.container_number: [(x.number, x.packages, x.gross_mass_kg) for x in m.lines] for m in file.containers}
    assert (found, file.notes) == (lines, notes)


def test_shares_that_add_up_to_more_than_any_container_holds() -> None:
    """Each is within bounds by itself."""
    assert fault(sad(item(), held("A", 1, kg=6e8), held("A", 1, kg=6e8))) == (
        "item 1: expected at most 1,000,000,000 kg in one container, got 1.2e+09 in all"
    )
    assert fault(sad(item(), held("A", 1, packages=10**12), held("A", 1, packages=1))) == (
        "item 1: expected at most 1,000,000,000,000 in one container, got 1e+12 in all"
    )


@pytest.mark.parametrize(
    ("inside", "problem"),
    [
        (item() + item("12,5"), "Item[2].Valuation_item.Weight_itm.Gross_weight_itm: expected kg, got '12,5'"),
        (
            item(inside="<Packages><Number_of_packages>x</Number_of_packages></Packages>"),
            "Item.Packages.Number_of_packages: expected a whole number, got 'x'",
        ),
        (held("A", "one") + item(), "Container.Item_Number: expected a whole number, got 'one'"),
        (
            "<Valuation><Weight><Gross_weight>?</Gross_weight></Weight></Valuation>" + item(),
            "Valuation.Weight.Gross_weight: expected kg, got '?'",
        ),
        (item() + "<Traders/>" * 2, "ASYCUDA: expected one Traders, got 2"),
    ],
)
def test_a_wrong_value_of_a_declaration(inside: str, problem: str) -> None:
    assert fault(sad(inside)) == problem


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<Commodity_code>84501100</Commodity_code><Precision_1>00</Precision_1>", "8450110000"),
        ("<Commodity_code>84501100</Commodity_code><Precision_1><null/></Precision_1>", "84501100"),
        ("<Commodity_code><null/></Commodity_code><Precision_1>00</Precision_1>", None),
        ("", None),
    ],
)
def test_the_commodity_code(inside: str, code: str | None) -> None:
    text = sad(item(inside=f"<Tarification><HScode>{inside}</HScode></Tarification>"))
    assert only(text).lines[0].hs_code == code


def test_the_office_number_stands_in_for_the_declarants() -> None:
    registered = "<Identification><Registration><Number>8812</Number></Registration></Identification>"
    assert only(sad(registered, item())).reference == "8812"
    assert only(sad(item())).reference is None
