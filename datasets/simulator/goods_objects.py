"""What papers call objects of interest that are ordinary goods when they are declared: a part of ``goods.GOODS``.

Headings and their wording follow the Harmonized System 2022 (WCO). A package is what the object's builder counts: a box or crate of
cartridges, a case or carton of cigarettes, an engine, a boxed device.
"""

Row = tuple[str, str, str, tuple[float, float], str]

OBJECT_GOODS: dict[str, tuple[Row, ...]] = {
    "ammunition": (
        ("930621", "Shotgun cartridges", "box", (0.8, 60.0), "lead brass polyethylene"),
        ("930630", "Cartridges, other than for shotguns", "box", (0.2, 60.0), "brass lead steel"),
    ),
    "cigarettes": (
        ("240220", "Cigarettes containing tobacco", "case", (6.0, 17.0), "cellulose"),
        ("240220", "Cigarettes containing tobacco, in cartons", "carton", (0.12, 0.40), "cellulose"),
    ),
    "engine": (
        ("840734", "Spark-ignition engines for vehicles, over 1,000 cc", "unit", (50.0, 250.0), "aluminium steel"),
        ("840820", "Compression-ignition engines for vehicles", "unit", (100.0, 1300.0), "steel"),
        ("870840", "Gear boxes for motor vehicles", "unit", (15.0, 90.0), "steel aluminium"),
    ),
    "electronics": (
        ("851713", "Smartphones", "box", (0.2, 0.8), "glass aluminium steel cellulose"),
        ("847130", "Portable computers", "box", (1.5, 6.0), "aluminium steel glass cellulose"),
        ("847150", "Processing units (servers)", "box", (14.0, 35.0), "steel aluminium"),
        ("850760", "Lithium-ion accumulators", "box", (2.0, 6.0), "steel"),
    ),
}
"""Goods per label. Firearms, brick packages, currency and shields are never declared."""
