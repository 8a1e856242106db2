"""What papers call a load: the simulator's own table of goods, what they are made of and how they are packed.

Headings and their wording follow the Harmonized System 2022 (WCO). Package masses are ranges of ordinary trade
packaging (sacks of 20 to 70 kg, big bags to 1,250 kg: EN ISO 21898, drums of 216.5 L: ISO 15750-2, cartons that one or two
persons lift). Densities are as stowed, from the stowage factors of the GDV's Transport Information Service, widened. No
check reads this table.
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
