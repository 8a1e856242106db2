"""CUSCAR: containers, consignments with one or several bills, goods split over containers, parties, codes and faults."""

import pytest
from manifest_samples import CUSCAR

from scantally.detector.errors import ManifestError
from scantally.detector.manifests import parse_manifest
from scantally.detector.types import Manifest, ManifestFile, ManifestLine


def report(*segments: str) -> str:
    body = "".join(f"{s}'" for s in segments)
    return f"UNH+1+CUSCAR:D:95B:UN'BGM+85+M1+9'{body}UNT+{len(segments) + 3}+1'"


def parse(*segments: str) -> ManifestFile:
    return parse_manifest(report(*segments).encode(), "m.edi")


def line(*segments: str) -> ManifestLine:
    return parse("GID+1", *segments).containers[0].lines[0].model_copy(update={"number": None})


def fault(*segments: str) -> str:
    with pytest.raises(ManifestError) as caught:
        parse(*segments)
    return caught.value.problem


TYRES = ManifestLine(
    number=1,
    hs_code="40111000",
    description="NEW PNEUMATIC TYRES FOR PASSENGER CARS, DOUBLE + SINGLE",
    package_kind="PCE",
    marks="NORDWALL 1-1300",
)


def test_a_report_in_full() -> None:
    file = parse_manifest(CUSCAR.encode(), "m.edi")
    assert file.format == "edifact"
    assert file.containers == (
        Manifest(
            reference="GRNW26031177",
            container_number="CSQU3054383",
            size_type="22G1",
            empty=False,
            seals=("NW118204", "K77"),
            tare_kg=2230,
            gross_mass_kg=6400,
            consignor="NORDWALL TYRE WORKS AB",
            consignee="AMBER COAST MOTORS LTD",
            lines=(TYRES.model_copy(update={"packages": 640}),),
        ),
        Manifest(
            reference="GRNW26031177, GRNW26031180",
            container_number="TGHU4175529",
            size_type="22G1",
            empty=False,
            verified_gross_mass_kg=10040,
            consignor="NORDWALL TYRE WORKS AB, LINDK",
            consignee="AMBER COAST MOTORS LTD",
            lines=(
                TYRES.model_copy(update={"packages": 660}),
                ManifestLine(
                    number=2,
                    description="KITCHEN CUPBOARDS, WOOD",
                    packages=30,
                    package_kind="CT",
                    marks="N/M",
                    gross_mass_kg=1200,
                ),
            ),
        ),
        Manifest(reference="GRNW26031199", container_number="HLXU6203115", size_type="45G1", empty=True, lines=()),
    )
    many = "listed in each with its packages, without quantities and masses"
    assert file.notes == (f"several containers hold the goods of bill GRNW26031177: {many}",)
    only_empty = "1 line of goods says only that it is empty, as declared, and no more: left out"
    assert file.own_notes == ((), (), (f"container HLXU6203115: {only_empty}",))


# Goods.


@pytest.mark.parametrize(
    ("segments", "fields"),
    [
        (["FTX+AAA+++ONE:TWO", "FTX+AAA+++THREE", "FTX+AAI+++NO"], {"description": "ONE TWO THREE"}),
        (["FTX+AAA++9+PART"], {"description": "PART"}),
        (["PAC+12++BX"], {"packages": 12, "package_kind": "BX"}),
        (["PCI+28+A:B", "PCI+28+C", "PCI+24"], {"marks": "A B C"}),
        (["MEA+WT+G+KGM:5", "MEA+WT+N+KGM:4"], {"gross_mass_kg": 5, "net_mass_kg": 4}),
        (["MEA+AAE+AAB+KGM:5", "MEA+AAE+AAC+TNE:,004"], {"gross_mass_kg": 5, "net_mass_kg": 4}),
        (["MEA+WT++KGM:7"], {"gross_mass_kg": 7}),
        (["MEA+VOL+G+MTQ:7", "MEA+AAE++MTQ:7", "MEA+AAE+AAW+MTQ:7"], {}),
        (["CST+1+40111000:122"], {"hs_code": "40111000"}),
        (["CST++IM4:101+8450.11", "CST++9999"], {"hs_code": "845011"}),
        (["CST+1+TRS", "CST+1+123", "CST+1+1234567890123"], {}),
        (["CST+1+90111.0"], {"hs_code": "90111.0"}),  # which a check calls unreadable, not 9011.10
    ],
)
def test_what_a_line_says(segments: list[str], fields: dict[str, object]) -> None:
    assert line(*segments) == ManifestLine(**fields)


def test_packages_of_the_item_count_before_those_of_its_pac() -> None:
    found = parse("GID+1+7:CT", "PAC+12++BX").containers[0].lines[0]
    assert (found.packages, found.package_kind) == (7, "CT")


Lines = dict[str | None, list[tuple[int | None, float | None]]]
SPLIT = "several containers hold the goods of bill B: listed in each, without quantities and masses"
COUNTED = "several containers hold the goods of bill B: listed in each with its packages, without quantities and masses"
EQUIPMENT = ("EQD+CN+A", "EQD+CN+B")
BILL = ("CNI+1", "RFF+BM:B")
ITEM = ("GID+1+9:CT", "MEA+AAE+G+KGM:90")


@pytest.mark.parametrize(
    ("segments", "lines", "notes"),
    [
        ([*BILL, *ITEM, "SGP+A"], {"A": [(9, 90)]}, ()),
        ([*BILL, *ITEM, "SGP+A+5"], {"A": [(5, 90)]}, ()),
        ([*BILL, *ITEM, "SGP+A", "SGP+B"], {"A": [(None, None)], "B": [(None, None)]}, (SPLIT,)),
        ([*BILL, *ITEM, "SGP+A+4", "SGP+B+5"], {"A": [(4, None)], "B": [(5, None)]}, (COUNTED,)),
        (
            [*BILL, *ITEM, "SGP+A+4", "MEA+AAE+G+KGM:40", "SGP+B+5", "MEA+AAE+G+KGM:50"],
            {"A": [(4, 40)], "B": [(5, 50)]},
            (COUNTED,),
        ),
        (["EQD+CN+A", *BILL, *ITEM, "CNI+2", *ITEM], {"A": [(9, 90), (9, 90)]}, ()),  # the only container
        ([*EQUIPMENT, *BILL, *ITEM], {"A": [(None, None)], "B": [(None, None)]}, (SPLIT,)),  # the only consignment
        (
            [*EQUIPMENT, *BILL, *ITEM, "CNI+2", "GID+1", "SGP+A"],
            {"A": [(None, None)], "B": [], None: [(9, 90)]},
            ("1 line of goods names no container",),
        ),
        (["CNI+1", "EQD+CN+A", "CNI+2", "EQD+CN+B", *ITEM], {"A": [], "B": [(9, 90)]}, ()),
        ([*ITEM], {None: [(9, 90)]}, ()),
    ],
)
def test_which_container_holds_the_goods(segments: list[str], lines: Lines, notes: tuple[str, ...]) -> None:
    file = parse(*segments)
    found = {m.container_number: [(x.packages, x.gross_mass_kg) for x in m.lines] for m in file.containers}
    assert (found, file.notes) == (lines, notes)


# Bills and parties.


@pytest.mark.parametrize(
    ("segments", "reference"),
    [
        (["CNI+1+DOC", "RFF+BM:B", "GID+1"], "B"),
        (["CNI+1+DOC", "RFF+BM:B", "RFF+MB:M", "GID+1"], "B"),
        (["CNI+1+DOC", "RFF+XYZ:1", "GID+1"], "DOC"),
        (["CNI+1", "GID+1"], "M1"),
        (["CNI+1", "RFF+BM:B", "GID+1", "GID+2"], "B"),
        (["CNI+1", "RFF+BM:B", "GID+1", "RFF+BM:C", "GID+1"], "B, C"),
    ],
)
def test_the_bill_of_the_goods(segments: list[str], reference: str) -> None:
    assert parse(*segments).containers[0].reference == reference


def test_the_number_of_a_message_is_its_own_containers() -> None:
    text = "UNH+{0}+CUSCAR:D:95B:UN'BGM+85+{1}'{2}UNT+4+{0}'"
    first, second = text.format(1, "", "EQD+CN+A'"), text.format(2, "M2", "EQD+CN+B'")
    file = parse_manifest((first + second).encode(), "m.edi")
    assert [(m.container_number, m.reference) for m in file.containers] == [("A", None), ("B", "M2")]
    again = parse_manifest((first + second.replace("B'", "A'")).encode(), "m.edi")
    assert [(m.container_number, m.reference) for m in again.containers] == [("A", "M2")]


@pytest.mark.parametrize(
    ("party", "name"),
    [
        ("NAD+CZ+ID::87+FREE:FORM+NAME:AND MORE+STREET", "NAME AND MORE"),
        ("NAD+CZ+ID::87+FREE:FORM", "FREE"),
        ("NAD+CZ+ID::87", "ID"),
        ("NAD+EX+ID", "ID"),
        ("NAD+CA+ID", None),
        ("NAD+CZ", None),
    ],
)
def test_the_name_of_a_party(party: str, name: str | None) -> None:
    (manifest,) = parse("CNI+1", party, "NAD+CN+C1", "GID+1").containers
    assert (manifest.consignor, manifest.consignee) == (name, "C1")


def test_a_bill_behind_goods_has_parties_of_its_own() -> None:
    (manifest,) = parse("CNI+1", "RFF+BM:B", "NAD+CN+C1", "GID+1", "RFF+BM:C", "NAD+CZ+S2", "GID+1").containers
    assert (manifest.consignor, manifest.consignee) == ("S2", "C1")


def test_containers_of_a_consignment_without_goods() -> None:
    (manifest,) = parse("EQD+CN+A", "CNI+1", "RFF+BM:B", "NAD+CN+C1").containers
    assert (manifest.reference, manifest.consignee, manifest.lines) == ("B", "C1", ())


# Containers.


@pytest.mark.parametrize(
    ("code", "empty", "notes"),
    [
        ("4", True, ()),
        ("5", False, ()),
        ("7", False, ()),
        ("8", False, ()),
        ("13", False, ()),
        ("", None, ()),
        ("2", None, ("container A: the code '2' for full or empty is not known, so it may be either",)),
    ],
)
def test_full_or_empty(code: str, empty: bool | None, notes: tuple[str, ...]) -> None:
    file = parse(f"EQD+CN+A+22G1+++{code}")
    assert (file.containers[0].empty, file.notes, file.own_notes) == (empty, (), (notes,))


def test_equipment_that_is_no_container() -> None:
    file = parse("EQD+CH+X1", "SEL+1", "EQD+RG+X2", "EQD+SW+A", "EQD+TE+B", "EQD++C")
    assert [m.container_number for m in file.containers] == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("masses", "gross"),
    [(["G+KGM:6"], 6), (["N+KGM:5"], 5), (["N+KGM:5", "G+KGM:6"], 6), (["G+KGM:0"], None), ([], None)],
)
def test_the_mass_of_a_container(masses: list[str], gross: float | None) -> None:
    assert parse("EQD+CN+A", *(f"MEA+AAE+{m}" for m in masses)).containers[0].gross_mass_kg == gross


def test_a_cancellation_is_said() -> None:
    text = report("EQD+CN+A").replace("M1+9", "M1+1")
    notes = parse_manifest(text.encode(), "m.edi").notes
    assert notes == ("the message M1 cancels what it lists (BGM with function 1)",)


# Faults.


@pytest.mark.parametrize(
    ("segments", "problem"),
    [
        (
            ["CNI+1", "CNI+2", "GID+1", "MEA+AAE+G+KGM:X", "GID+2"],
            "segment 6, CNI[2].GID[1].MEA: expected a number, got 'X'",
        ),
        (["CNI+1", "GID+1", "MEA+AAE+G+KGM:12 TN"], "segment 5, CNI.GID.MEA: expected a number, got '12 TN'"),
        (["GID+1+X:CT"], "segment 3, GID: expected a whole number, got 'X'"),
        (["GID+1+2.5:CT"], "segment 3, GID: expected a whole number, got '2.5'"),
        (["GID+1+-2:CT"], "segment 3, GID: expected a whole number, 0 or more, got '-2'"),
        (["GID+1", "PAC+few"], "segment 4, GID.PAC: expected a whole number, got 'few'"),
        (["GID+1", "SGP+A+1", "SGP+B+?+"], "segment 5, GID.SGP[2]: expected a whole number, got '+'"),
        (["EQD+CN+A", "EQD+CN+B", "MEA+AAE+T+KGM:t"], "segment 5, EQD[2].MEA: expected a number, got 't'"),
        (
            ["EQD+CN+A", "MEA+AAE+T+XXX:1"],
            "segment 4, EQD.MEA: expected a unit of mass (KGM, TNE, DTN, GRM, LBR), got 'XXX'",
        ),
    ],
)
def test_a_wrong_value_is_found_by_its_path(segments: list[str], problem: str) -> None:
    assert fault(*segments) == problem
