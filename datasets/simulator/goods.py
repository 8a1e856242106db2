"""What papers call a load: the simulator's own table of goods, what they are made of and how they are packed.

Headings and their wording follow the Harmonized System 2022 (WCO). Package masses are ranges of ordinary trade
packaging (sacks of 20 to 70 kg, big bags to 1,250 kg: EN ISO 21898, drums of 216.5 L: ISO 15750-2, cartons that one or two
persons lift). Densities are as stowed, from the stowage factors of the GDV's Transport Information Service, widened. No
check reads this table.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Goods:
    """One kind of goods: HS code, wording, kind of package, kg per package, main materials, g/cm3 as stowed."""

    hs_code: str
    description: str
    package_kind: str
    package_kg: tuple[float, float]
    materials: tuple[str, ...]
    density: tuple[float, float] = (0.0, 20.0)


def _goods(
    code: str, text: str, kind: str, kg: tuple[float, float], materials: str, density: tuple[float, float] = (0.0, 20.0)
) -> Goods:
    return Goods(
        hs_code=code,
        description=text,
        package_kind=kind,
        package_kg=kg,
        materials=tuple(materials.split()),
        density=density,
    )


_LOT = (8000.0, 28000.0)
_CARTON = (6.0, 30.0)

GOODS: dict[str, tuple[Goods, ...]] = {
    "bulk": (
        _goods("120190", "Soya beans in bulk, in liner", "bulk", _LOT, "cellulose", (0.4, 0.9)),
        _goods("100590", "Maize in bulk, in liner", "bulk", _LOT, "cellulose", (0.4, 0.9)),
        _goods("440122", "Wood chips, non-coniferous", "bulk", _LOT, "cellulose", (0.1, 0.4)),
        _goods("170114", "Raw cane sugar in bulk", "bulk", _LOT, "sugar"),
        _goods("390110", "Polyethylene granules in liner", "bulk", _LOT, "polyethylene"),
        _goods("252310", "Cement clinkers", "bulk", _LOT, "concrete"),
        _goods("260111", "Iron ores, not agglomerated", "bulk", _LOT, "granite"),
        _goods("251710", "Crushed stone", "bulk", _LOT, "granite"),
        _goods("720449", "Ferrous waste and scrap", "bulk", _LOT, "steel"),
        _goods("760200", "Aluminium waste and scrap", "bulk", _LOT, "aluminium"),
        _goods("740400", "Copper waste and scrap", "bulk", _LOT, "brass"),
    ),
    "sacks": (
        _goods("170199", "Cane sugar, refined, in sacks", "bag", (25, 50), "sugar"),
        _goods("090111", "Coffee, not roasted, in sacks", "bag", (59, 70), "cellulose", (0.1, 0.65)),
        _goods("100630", "Milled rice in sacks", "bag", (25, 50), "cellulose", (0.5, 0.9)),
        _goods("071333", "Dried kidney beans in sacks", "bag", (25, 50), "cellulose", (0.5, 0.9)),
        _goods("390120", "Polyethylene in sacks", "bag", (25, 25), "polyethylene"),
        _goods("252329", "Portland cement in sacks", "bag", (25, 50), "concrete granite"),
        _goods("310210", "Urea in sacks", "bag", (25, 50), "water"),
    ),
    "big_bags": (
        _goods("390210", "Polypropylene in big bags", "big bag", (500, 1250), "polyethylene"),
        _goods("283620", "Disodium carbonate in big bags", "big bag", (700, 1250), "concrete"),
        _goods("260600", "Aluminium ores in big bags", "big bag", (900, 1500), "granite concrete"),
        _goods("170199", "Sugar in big bags", "big bag", (700, 1250), "sugar"),
        _goods("110812", "Maize starch in big bags", "big bag", (500, 1100), "cellulose"),
    ),
    "cartons": (
        _goods("950300", "Toys of plastics", "carton", _CARTON, "polyethylene cellulose", (0.02, 0.12)),
        _goods(
            "640399", "Footwear with leather uppers", "carton", _CARTON, "polyethylene textile cellulose", (0.08, 0.2)
        ),
        _goods("610910", "T-shirts of cotton, knitted", "carton", _CARTON, "textile", (0.1, 0.4)),
        _goods(
            "851762",
            "Apparatus for transmission of data",
            "carton",
            _CARTON,
            "polyethylene steel aluminium",
            (0.08, 0.45),
        ),
        _goods("160232", "Prepared meat of fowl", "carton", _CARTON, "water", (0.3, 1.0)),
        _goods("170490", "Sugar confectionery", "carton", _CARTON, "sugar", (0.3, 1.1)),
        _goods("480256", "Paper, uncoated, in sheets", "carton", _CARTON, "cellulose", (0.35, 0.9)),
        _goods("220421", "Wine in bottles", "carton", _CARTON, "glass water", (0.3, 1.0)),
        _goods("200989", "Fruit juice in cans", "carton", _CARTON, "water", (0.3, 1.0)),
        _goods("870899", "Parts of motor vehicles", "carton", (10.0, 60.0), "steel", (0.3, 4.0)),
    ),
    "timber": (
        _goods("440711", "Pine wood sawn lengthwise", "bundle", (600, 2500), "cellulose", (0.0, 0.5)),
        _goods("440729", "Tropical wood sawn lengthwise", "bundle", (800, 3000), "cellulose", (0.4, 1.2)),
        _goods("440349", "Tropical wood in the rough", "log", (300, 3000), "cellulose", (0.5, 1.2)),
    ),
    "sheets": (
        _goods("720851", "Hot-rolled steel plate", "bundle", (1000, 4000), "steel"),
        _goods("760612", "Aluminium alloy sheet", "bundle", (500, 2500), "aluminium"),
        _goods("700529", "Float glass in sheets", "crate", (800, 2800), "glass"),
        _goods("441231", "Plywood", "bundle", (500, 1500), "cellulose"),
        _goods("392010", "Sheets of polyethylene", "bundle", (400, 1500), "polyethylene"),
    ),
    "slabs": (
        _goods("680223", "Granite slabs, polished", "crate", (1000, 4500), "granite"),
        _goods("251612", "Granite, cut into blocks", "block", (2000, 12000), "granite"),
        _goods("680221", "Marble slabs", "crate", (1000, 4500), "granite concrete"),
    ),
    "tank": (
        _goods("150790", "Soya-bean oil, refined", "tank container", (15000, 26000), "polyethylene"),
        _goods("220710", "Undenatured ethyl alcohol", "tank container", (15000, 24000), "water polyethylene"),
        _goods("200911", "Orange juice, frozen concentrate", "tank container", (15000, 26000), "water"),
        _goods("170390", "Molasses", "tank container", (15000, 26000), "sugar"),
    ),
    "machinery": (
        _goods("850152", "Electric motors, multi-phase", "crate", (200, 2500), "steel"),
        _goods("840890", "Compression-ignition engines", "crate", (300, 3000), "steel aluminium"),
        _goods("848340", "Gears and gearboxes", "crate", (150, 2500), "steel"),
        _goods("841370", "Centrifugal pumps", "crate", (150, 2000), "steel"),
    ),
    "tyres": (
        _goods("401110", "New pneumatic tyres for motor cars", "piece", (7, 14), "rubber"),
        _goods("401120", "New pneumatic tyres for buses or lorries", "piece", (35, 75), "rubber"),
        _goods("401220", "Used pneumatic tyres", "piece", (7, 60), "rubber"),
    ),
    "drums": (
        _goods("271019", "Lubricating oil in drums", "drum", (170, 215), "polyethylene"),
        _goods("200791", "Citrus fruit puree in drums", "drum", (200, 270), "water sugar"),
        _goods("320890", "Paints and varnishes in drums", "drum", (150, 320), "water polyethylene"),
    ),
    "vehicle": (
        _goods("870322", "Motor cars, 1,000 to 1,500 cc", "unit", (800, 1400), "steel", (0.0, 20.0)),
        _goods("870323", "Motor cars, 1,500 to 3,000 cc", "unit", (1200, 2600), "steel"),
        _goods("871120", "Motorcycles, 50 to 250 cc", "unit", (80, 300), "steel"),
    ),
    "gas_cylinder": (
        _goods("731100", "Containers for compressed gas, of steel", "cylinder", (10, 90), "steel"),
        _goods("280421", "Argon in cylinders", "cylinder", (30, 90), "steel"),
        _goods("271112", "Propane, liquefied, in cylinders", "cylinder", (15, 80), "steel polyethylene"),
    ),
}
"""Goods per label of the simulator. Firearms and brick packages are never declared."""
