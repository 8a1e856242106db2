"""How fast manifests are read: ``make prove``, or with ``-s`` to see the figures of docs/results.md."""

import json
import time

import pytest
from manifest_samples import AWMDS, CUSCAR, SAD, VERMAS

from scantally.detector.manifests import parse_manifest

pytestmark = pytest.mark.prove

SECONDS = 2.0

LINE = {
    "hs_code": "40111000",
    "description": "new pneumatic tyres for passenger cars",
    "quantity": 400,
    "packages": 400,
    "package_kind": "PCE",
    "marks": "NORDWALL 1-400",
    "net_mass_kg": 3600,
    "gross_mass_kg": 4000.5,
}
PAPER = {
    "reference": "GRNW26031177",
    "container_number": "CSQU3054383",
    "size_type": "22G1",
    "empty": False,
    "seals": ["NW118204"],
    "tare_kg": 2230,
    "gross_mass_kg": 20002.5,
    "consignor": "Nordwall Tyre Works AB",
    "consignee": "Amber Coast Motors Ltd",
    "lines": [LINE | {"number": n} for n in range(1, 6)],
}
COLUMNS = [*(name for name in PAPER if name not in ("lines", "gross_mass_kg")), *LINE]
ROW = ",".join("no" if name == "empty" else str({**PAPER, "seals": "NW118204", **LINE}[name]) for name in COLUMNS)
TABLE = f"{','.join(COLUMNS)}\n" + f"{ROW}\n" * 5

ITEM = (
    "<GovernmentAgencyGoodsItem><SequenceNumeric>{}</SequenceNumeric><Commodity><Description>new tyres</Description>"
    + (
        "<Classification><ID>40111000</ID><IdentificationTypeCode>TSP</IdentificationTypeCode></Classification><GoodsMeasure>"
        '<GrossMassMeasure unitCode="KGM">4000.5</GrossMassMeasure></GoodsMeasure></Commodity><Packaging>'
        "<QuantityQuantity>400</QuantityQuantity><TypeCode>PCE</TypeCode></Packaging></GovernmentAgencyGoodsItem>"
    )
)
WCO = (
    '<Declaration xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"><GoodsShipment><Consignment><TransportEquipment>'
    "<ID>CSQU3054383</ID></TransportEquipment></Consignment>"
    f"{''.join(ITEM.format(n) for n in range(1, 6))}</GoodsShipment></Declaration>"
)

FIVE_LINES = {"m.json": json.dumps(PAPER), "m.csv": TABLE}
OTHERS = {"wco.xml": WCO, "awmds.xml": AWMDS, "sad.xml": SAD, "cuscar.edi": CUSCAR, "vermas.edi": VERMAS}


def files_per_second(text: str, name: str) -> float:
    """On one core, by processor time."""
    raw, count, started = text.encode(), 0, time.process_time()
    while time.process_time() - started < SECONDS:
        parse_manifest(raw, name)
        count += 1
    return count / (time.process_time() - started)


@pytest.mark.parametrize("name", [*FIVE_LINES, *OTHERS])
def test_files_per_second(name: str) -> None:
    text = (FIVE_LINES | OTHERS)[name]
    file = parse_manifest(text.encode(), name)
    lines = sum(len(m.lines) for m in file.containers)
    rate = files_per_second(text, name)
    print(f"\n{file.format}: {len(file.containers)} containers, {lines} lines, {len(text)} bytes: {rate:,.0f} files/s")
    if name in FIVE_LINES:
        assert lines == 5
        assert rate >= 1000  # a target of the project


def big(text: str, first: str, last: str, size: int) -> str:
    """A file of some size: what stands between two places, again and again."""
    start, end = text.index(first), text.rindex(last)
    times = 1 + (size - len(text)) // (end - start)
    return text[:start] + text[start:end] * times + text[end:]


def test_a_ship_of_a_megabyte() -> None:
    for name, text in (
        ("awmds.xml", big(AWMDS, "  <Bol_segment>", "</Awmds>", 1_000_000)),
        ("cuscar.edi", big(CUSCAR, "CNI+1'", "UNT+", 1_000_000)),
    ):
        started = time.process_time()
        file = parse_manifest(text.encode(), name)
        seconds = time.process_time() - started
        lines = sum(len(m.lines) for m in file.containers)
        print(f"\n{file.format}: {len(text):,} bytes, {lines:,} lines: {seconds:.1f} s")
        assert lines > 500
        assert seconds < 30
