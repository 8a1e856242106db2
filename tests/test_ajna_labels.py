"""The project's labels of the real scans: two labellers' tables name the same blocks, and the notes say how often they agree."""

import csv
from importlib import resources

LABELS = resources.files("scantally.datasets.labels")


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(LABELS.joinpath(name).read_text(encoding="utf-8").splitlines()))


def blocks() -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The loads of the first table in the order of the second."""
    first = [row for row in rows("ajna_loads.csv") if row["label"] != "empty"]
    first.sort(key=lambda row: (row["image"], int(row["container"]), float(row["x0"])))
    return first, rows("ajna_loads_second.csv")


def test_both_tables_name_the_same_blocks() -> None:
    first, second = blocks()
    assert [(x["image"], x["container"]) for x in first] == [(x["image"], x["container"]) for x in second]
    assert {x["confidence"] for x in second} == {"sure", "fairly", "guess"}


def test_the_notes_say_how_often_the_two_agree() -> None:
    first, second = blocks()
    same = [a["label"] == b["label"] for a, b in zip(first, second, strict=True)]
    either = [a["label"] in (b["label"], b["second_choice"]) for a, b in zip(first, second, strict=True)]
    sure = [x for x, a in zip(same, first, strict=True) if a["sure"] == "yes"]
    chance = (
        sum(
            sum(a["label"] == name for a in first) * sum(b["label"] == name for b in second)
            for name in {a["label"] for a in first}
        )
        / len(first) ** 2
    )
    share = sum(same) / len(same)
    notes = " ".join(LABELS.joinpath("ajna_notes.md").read_text(encoding="utf-8").split())
    kappa = (share - chance) / (1 - chance)
    assert f"agree on {sum(same)} of the {len(same)} blocks ({share:.3f}; Cohen's kappa {kappa:.2f})" in notes
    assert f"on {sum(sure)} of the {len(sure)} that the first labeller was sure of" in notes
    assert f"in {sum(either)} of {len(either)} the first label is" in notes
