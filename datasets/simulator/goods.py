"""What papers call a load: the simulator's own table of goods, and how they are packed.

Headings and their wording follow the Harmonized System 2022 (WCO). Package masses are ranges of ordinary trade
packaging (sacks of 20 to 50 kg: EN 13590 and common practice; big bags to 1,250 kg: EN ISO 21898; drums of 216.5 L:
ISO 15750-2; cartons that one person lifts). No check reads this table.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Goods:
    """One kind of goods: HS code, wording, kind of package (UN/ECE Recommendation 21 wording), kg per package."""

    hs_code: str
    description: str
    package_kind: str
    package_kg: tuple[float, float]


def _goods(hs_code: str, description: str, package_kind: str, low: float, high: float) -> Goods:
    return Goods(hs_code=hs_code, description=description, package_kind=package_kind, package_kg=(low, high))


GOODS: dict[str, tuple[Goods, ...]] = {
    "bulk": (
        _goods("120190", "Soya beans in bulk, in liner", "bulk", 15000, 28000),
        _goods("100590", "Maize in bulk, in liner", "bulk", 15000, 28000),
        _goods("720449", "Ferrous waste and scrap", "bulk", 12000, 26000),
        _goods("252100", "Limestone flux in bulk", "bulk", 12000, 26000),
        _goods("390110", "Polyethylene granules in liner", "bulk", 12000, 26000),
    ),
    "sacks": (
        _goods("170199", "Cane sugar, refined, in sacks", "bag", 50, 50),
        _goods("090111", "Coffee, not roasted, in sacks", "bag", 59, 70),
        _goods("100630", "Milled rice in sacks", "bag", 25, 50),
        _goods("071333", "Dried kidney beans in sacks", "bag", 25, 50),
        _goods("310210", "Urea in sacks", "bag", 25, 50),
    ),
    "big_bags": (
        _goods("390210", "Polypropylene in primary form, in big bags", "big bag", 700, 1250),
        _goods("283620", "Disodium carbonate in big bags", "big bag", 900, 1250),
        _goods("260600", "Aluminium ores in big bags", "big bag", 900, 1250),
    ),
    "cartons": (
        _goods("640399", "Footwear with leather uppers", "carton", 8, 18),
        _goods("610910", "T-shirts of cotton, knitted", "carton", 10, 22),
        _goods("851762", "Apparatus for transmission of data", "carton", 6, 20),
        _goods("160232", "Prepared meat of fowl", "carton", 10, 25),
        _goods("480256", "Paper, uncoated, in sheets", "carton", 12, 25),
        _goods("220421", "Wine in bottles", "carton", 8, 18),
        _goods("200989", "Fruit juice in cans", "carton", 9, 20),
        _goods("870899", "Parts of motor vehicles", "carton", 10, 40),
    ),
    "timber": (
        _goods("440711", "Pine wood sawn lengthwise", "bundle", 800, 2500),
        _goods("440729", "Tropical wood sawn lengthwise", "bundle", 800, 2500),
        _goods("440349", "Tropical wood in the rough", "log", 300, 2500),
    ),
    "sheets": (
        _goods("720851", "Hot-rolled steel plate", "bundle", 1500, 4000),
        _goods("760612", "Aluminium alloy sheet", "bundle", 800, 2500),
        _goods("700529", "Float glass in sheets", "crate", 1200, 2800),
        _goods("441231", "Plywood", "bundle", 700, 1500),
    ),
    "slabs": (
        _goods("680223", "Granite slabs, polished", "crate", 1500, 4500),
        _goods("251612", "Granite, cut into blocks", "block", 4000, 12000),
        _goods("680221", "Marble slabs", "crate", 1500, 4500),
    ),
    "tank": (
        _goods("150790", "Soya-bean oil, refined", "tank container", 15000, 26000),
        _goods("220710", "Undenatured ethyl alcohol", "tank container", 15000, 24000),
        _goods("200911", "Orange juice, frozen concentrate", "tank container", 15000, 26000),
        _goods("290511", "Methanol", "tank container", 14000, 22000),
    ),
    "machinery": (
        _goods("850152", "Electric motors, multi-phase", "crate", 200, 2500),
        _goods("840890", "Compression-ignition engines", "crate", 300, 3000),
        _goods("848340", "Gears and gearboxes", "crate", 150, 2500),
        _goods("841370", "Centrifugal pumps", "crate", 150, 2000),
    ),
    "tyres": (
        _goods("401110", "New pneumatic tyres for motor cars", "piece", 7, 12),
        _goods("401120", "New pneumatic tyres for buses or lorries", "piece", 40, 70),
        _goods("401220", "Used pneumatic tyres", "piece", 7, 60),
    ),
    "drums": (
        _goods("271019", "Lubricating oil in drums", "drum", 180, 210),
        _goods("200791", "Citrus fruit puree in drums", "drum", 200, 260),
        _goods("320890", "Paints and varnishes in drums", "drum", 200, 270),
    ),
    "vehicle": (
        _goods("870322", "Motor cars, 1,000 to 1,500 cc", "unit", 900, 1500),
        _goods("870323", "Motor cars, 1,500 to 3,000 cc", "unit", 1200, 2200),
    ),
    "gas_cylinder": (
        _goods("731100", "Containers for compressed gas, of steel", "cylinder", 15, 80),
        _goods("280421", "Argon in cylinders", "cylinder", 30, 90),
    ),
}
"""Goods per label of the simulator. Firearms and brick packages are never declared."""
