import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.evidence.inspection import Inspection
from scantally.detector.report.document import build_report
from scantally.detector.report.html import LONG_TEXT, render_html
from scantally.detector.report.text import shorten, utf8, visible
from scantally.detector.types import Disposition, Finding, ManifestLine, Severity, Verdict

Make = Callable[..., Inspection]

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}{% raw %}&amp;</textarea>\x00\u202egnp.exe"
EVIL_SHOWN = visible(EVIL)


def page(inspection: Inspection) -> str:
    return render_html(build_report(inspection), inspection.scan)


class Parsed(HTMLParser):
    """What a browser would make of the page: elements with their attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.elements if tag == name]


# Safe, alone and the same each time.


def test_page_fetches_nothing(make: Make) -> None:
    parsed = Parsed(page(make()))
    fetched = [a[key] for _, a in parsed.elements for key in ("src", "href", "action", "srcset", "data") if a.get(key)]
    assert fetched and all(value.startswith(("data:", "#")) for value in fetched)
    assert not re.search(r"url\((?!#)|@import", "".join(parsed.texts))


def test_policy_allows_the_page_itself_and_nothing_else(make: Make) -> None:
    html = page(make())
    (policy,) = [m["content"] for m in Parsed(html).all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    style, script = (re.search(rf"<{t}>(.*?)</{t}>", html, re.DOTALL).group(1) for t in ("style", "script"))

    def allowed(text: str) -> str:
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"

    assert policy == (
        f"default-src 'none'; img-src data:; style-src {allowed(style)}; script-src {allowed(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not [a for _, a in Parsed(html).elements if "style" in a or any(k.startswith("on") for k in a)]


def poisoned(inspection: Inspection) -> Inspection:
    """Every text that comes from a file says something evil."""
    paper = inspection.manifest.containers[0]
    line = ManifestLine(number=1, hs_code=EVIL, description=EVIL, package_kind=EVIL, marks=EVIL)
    texts = ("reference", "size_type", "consignor", "consignee", "container_number")
    paper = paper.model_copy(update={**dict.fromkeys(texts, EVIL), "seals": (EVIL,), "lines": (line,)})
    origin = replace(inspection.scan.provenance, source=EVIL, format=EVIL, device=EVIL, time=EVIL)
    finding = Finding(
        check=EVIL, verdict=Verdict.UNKNOWN, severity=Severity.LOW, container=EVIL, reason=EVIL, boxes=((1, 1, 9, 9),)
    )
    view = replace(inspection.cases[0].container, number=EVIL, size_type=EVIL)
    seen = replace(inspection.cases[0].penetration, judgeable=False, why=EVIL)
    case = replace(inspection.cases[0], container=view, penetration=seen, manifest=paper, manifest_notes=(EVIL,))
    return replace(
        inspection,
        scan=replace(inspection.scan, provenance=origin, notes=(EVIL,)),
        manifest=replace(inspection.manifest, source=EVIL, format=EVIL, containers=(paper,), notes=(EVIL,)),
        cases=(case,),
        findings=(finding, *inspection.findings),
        release_requires=frozenset({EVIL}),
    )


def test_texts_from_files_stay_texts(make: Make) -> None:
    clean, evil = Parsed(page(make())), Parsed(page(poisoned(make())))
    assert len(evil.all("script")) == len(clean.all("script")) == 1
    assert not evil.all("img") and not evil.all("textarea")
    assert not [a for _, a in evil.elements if "onerror" in a]
    assert EVIL_SHOWN in evil.text and "49" not in EVIL_SHOWN
    assert evil.text.count("[U+202E]") >= 15
    assert not re.search("[\x00\u202e]", page(poisoned(make())))


def test_null_bytes_and_reordering_marks_are_shown_and_not_obeyed() -> None:
    assert visible("a\x00b\u202ec\u200fd") == "a[U+0000]b[U+202E]c[U+200F]d"
    assert visible("tab\tand\nline\u2028end") == "tab and line end"
    assert visible("خشب منشور · 木材 · क्ष\u200d") == "خشب منشور · 木材 · क्ष\u200d"
    assert visible("\ud800") == utf8("\ud800") == "\\ud800"


def test_a_novel_in_the_papers_is_folded(make: Make) -> None:
    inspection = make()
    novel = "Very long. " * 909 + "E"
    line = ManifestLine(number=1, description=novel)
    paper = inspection.manifest.containers[0].model_copy(update={"lines": (line,)})
    files = replace(inspection.manifest, containers=(paper,))
    html = page(replace(inspection, manifest=files))
    assert f'<details class="long"><summary>{shorten(novel, LONG_TEXT)} <em>(10000 characters)</em>' in html
    assert novel in html  # nothing is lost


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=60))
def test_any_text_leaves_the_page_its_shape(make: Make, text: str) -> None:
    inspection = make()
    changed = inspection.findings[0].model_copy(update={"reason": text})
    findings = (changed, *inspection.findings[1:])
    shape = [tag for tag, _ in Parsed(page(inspection)).elements]
    assert [tag for tag, _ in Parsed(page(replace(inspection, findings=findings))).elements] == shape


def test_same_inspection_same_page(make: Make, two: Inspection) -> None:
    assert page(make()) == page(make())
    assert page(two) == page(two)


# What it says.


@pytest.mark.parametrize(
    ("disposition", "words"),
    [
        (Disposition.INSPECT, "Scantally proposes to open it"),
        (Disposition.REVIEW, "Scantally proposes to study scan and papers"),
        (Disposition.RELEASE, "Scantally proposes release"),
    ],
)
def test_banner_says_what_is_proposed_and_who_decides(make: Make, disposition: Disposition, words: str) -> None:
    parsed = Parsed(page(make(disposition=disposition)))
    assert disposition.value.upper() in parsed.texts
    assert words in parsed.text and "A human decides." in parsed.texts
    assert parsed.all("header")[0]["class"] == disposition.value


def test_findings_stand_by_weight_with_words_for_their_verdict(make: Make) -> None:
    html = page(make())
    rows = re.findall(
        r'<li class="finding (\w+)" id="finding-(\d)".*?</svg>\s*([A-Z]+)</span>\s*<strong>(\w+)', html, re.DOTALL
    )
    assert rows == [
        ("suspect", "1", "SUSPECT", "prohibited"),
        ("unknown", "2", "UNKNOWN", "inspectability"),
        ("suspect", "3", "SUSPECT", "undeclared"),
        ("unknown", "4", "UNKNOWN", "count"),
        ("clear", "5", "CLEAR", "empty"),
    ]


def test_findings_and_boxes_name_each_other(make: Make, two: Inspection) -> None:
    for inspection in (make(), two):
        parsed = Parsed(page(inspection))
        ids = {a["id"] for _, a in parsed.elements if a.get("id")}
        links = [a["href"][1:] for a in parsed.all("a") + parsed.all("use") if a.get("href")]
        assert links and set(links) <= ids
        shown = {n for a in parsed.all("g") for n in (a.get("data-findings") or "").split()}
        weighty = [f for f in inspection.findings if f.boxes]
        assert len(shown) == len(weighty)


def unjudged(inspection: Inspection) -> str:
    html = page(inspection)
    return Parsed(html[html.index('<section class="unjudged"') : html.index('<section class="papers"')]).text


def test_what_could_not_be_judged_is_a_section_of_its_own(make: Make) -> None:
    text = unjudged(make())
    for words in (
        "15 % of it stopped the beam",
        "Inspectability: 15 % is too dense to see through. finding 2",
        "Count: Tyres cannot be counted. finding 4",
        "Grey values are not calibrated",
        "The pixel pitch is unknown",
        "one energy band",
        "3 % of the picture is padding or dead detector rows",
    ):
        assert words in text


def test_dense_regions_that_no_check_speaks_of_are_told(make: Make) -> None:
    inspection = make()
    silent = tuple(f for f in inspection.findings if f.check != "inspectability")
    text = unjudged(replace(inspection, findings=silent))
    assert "The beam was stopped in one region" in text
    assert "Inspectability: the check gave no answer, and release needs one." in text


def test_a_black_scan_says_that_it_says_nothing(black: Inspection) -> None:
    text = unjudged(black)
    assert "The picture says nothing here: every pixel is as dark as can be." in text
    assert "No container was found" in text and "No manifest was given for this container." in text
    assert "stopped the beam" not in text  # a share of what was not seen would be a number without meaning
    assert "No manifest was given. Nothing in the scan was compared with papers." in Parsed(page(black)).text


def test_a_scan_without_containers_is_not_silent(make: Make) -> None:
    assert "The scan shows no container that could be judged." in unjudged(make(cases=(), findings=()))


def test_two_containers_are_told_apart(two: Inspection) -> None:
    text = unjudged(two)
    assert text.index("MSKU9070323") < text.index("15 % of it") < text.index("TGHU1234561") < text.index("0 % of it")
    assert "The manifest file does not list container TGHU1234561." in text
    assert "Empty: No papers." in text


def test_no_container_has_all_its_answers_while_one_answer_has_no_container(two: Inspection) -> None:
    lost = tuple(f.model_copy(update={"container": None, "boxes": ()}) for f in two.findings)
    cases = tuple(replace(c, manifest_notes=(), penetration=two.cases[1].penetration) for c in two.cases)
    text = unjudged(replace(two, findings=lost, cases=(cases[0], replace(cases[1], manifest=cases[0].manifest))))
    assert "gave an answer" not in text
    assert text.count("Some answers could not be brought to one container") == 2
    assert "Count: Tyres cannot be counted. finding 4" in text


def test_the_same_words_about_containers_without_numbers_are_said_once(two: Inspection) -> None:
    same = two.findings[1].model_copy(update={"container": None, "boxes": (), "lines": ()})
    cases = tuple(replace(c, container=replace(c.container, number=None), manifest=None) for c in two.cases)
    inspection = replace(two, findings=(same, same), cases=cases, manifest=None)
    text = unjudged(inspection)
    assert text.count("Count: Tyres cannot be counted.") == 1 and "finding 1 , finding 2" in text
    assert "2, no numbers known" in Parsed(page(inspection)).text


def test_calibration_is_told_once(make: Make) -> None:
    said = make().findings[1].model_copy(update={"check": "calibration", "reason": "Grey values mean only an order."})
    more = said.model_copy(update={"reason": "No pitch."})
    text = unjudged(make(findings=(said, more)))
    assert "Calibration: Grey values mean only an order." in text and "Calibration: No pitch." in text
    assert "Grey values are not calibrated" not in text and "The pixel pitch is unknown" not in text
    for answers in ((said,), (said.model_copy(update={"verdict": Verdict.CLEAR}), more)):
        text = unjudged(make(findings=answers))
        assert "Grey values are not calibrated" in text and "The pixel pitch is unknown" in text


def test_papers_stand_beside_the_findings_that_name_them(make: Make) -> None:
    html = page(make())
    rows = re.findall(r"<tr>(.*?)</tr>", html[html.index('<table class="lines">') :].split("</table>")[0], re.DOTALL)[
        1:
    ]
    assert [re.findall(r"#finding-(\d)", row) for row in rows] == [["3"], ["3", "4"]]
    assert "18,200" in rows[0] and "6,400.5" in rows[1]


def test_a_number_known_from_papers_alone_says_so(make: Make) -> None:
    text = Parsed(page(make())).text
    assert "MSKU9070323 45G1 as declared" in text


def test_provenance_is_complete(make: Make) -> None:
    text = Parsed(page(make())).text
    for words in ("12" * 32, "ef" * 32, "ab" * 32, "cd" * 32, "by-hand/1.0.0", "onnxruntime 1.0, CPUExecutionProvider"):
        assert words in text


def test_page_of_a_real_scan_is_small(make: Make, data_dir: object) -> None:
    import cv2
    import numpy as np

    first = min((data_dir / "ajna" / "images").glob("*.jpg"))
    grey = cv2.resize(cv2.imread(str(first), cv2.IMREAD_GRAYSCALE), (2400, 850))
    t = np.clip(grey.astype(np.float32) / 255, 1e-6, 1)[None]
    scan = replace(make().scan, transmission_BHW=t, valid_HW=np.ones((850, 2400), np.bool_), floor=1 / 255)
    assert len(page(make(scan=scan)).encode()) < 6_000_000
