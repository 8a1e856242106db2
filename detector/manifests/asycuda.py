"""What ASYCUDA World's two XML files share: names in any case, codes of full and empty, and zeros that say nothing.

Names of elements come without a namespace, and exporters write some of them in another case (Goods_weight, Goods_Weight).
"""

from xml.etree.ElementTree import Element

from scantally.detector.errors import ManifestError
from scantally.detector.manifests.measures import count, mass_kg
from scantally.detector.manifests.reading import shown
from scantally.detector.manifests.xml_tree import Node

# Each country sets its own codes. Those of Madagascar (0/0, 1/1, PTI for a part load), Sri Lanka (00, 01, 02), Fiji and
# Vanuatu (MT, FS, FM), Bangladesh and the Pacific islands (ETY, FCL, LCL), and the declaration's (E/E, 1/1, 1/2).
EMPTY = {
    **dict.fromkeys(("0/0", "00", "E", "E/E", "EMP", "EMPTY", "ETY", "MT", "MTY"), True),
    **dict.fromkeys(("1/1", "1/2", "01", "02", "F", "FULL", "FCL", "LCL", "FS", "FM", "PTI"), False),
}
"""What a code of Empty_Full says, in capitals."""


def top(root: Element, source: str, names: tuple[str, ...]) -> Node:
    """The root as a node whose children's paths begin with their own names.

    Raises:
        ManifestError: when the root has another name.
    """
    if root.tag.rpartition("}")[2].lower() not in {name.lower() for name in names}:
        raise ManifestError(source, f"expected the element {' or '.join(names)}, got {shown(root.tag)}")
    return Node(element=root, path="", source=source, namespace=None)


def one_line(text: str | None) -> str | None:
    """A text without its line breaks and runs of blanks."""
    return " ".join((text or "").split()) or None


def named(holder: Node | None, role: str) -> str | None:
    """A party by the first line of its name (an address may follow), else by its code."""
    party = holder.child(role) if holder else None
    if party is None:
        return None
    name = party.text(f"{role}_name")
    return one_line(name.splitlines()[0]) if name else party.text(f"{role}_code")


def filled_mass(node: Node | None) -> float | None:
    """A mass in kg; 0 stands for a field that nobody filled."""
    return mass_kg(node) or None


def filled_count(node: Node | None) -> int | None:
    """A number of packages; 0 stands for a field that nobody filled."""
    return count(node) or None
