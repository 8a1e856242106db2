"""The page in a real browser: what hides, what lights up, and that nothing is fetched."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scantally.detector.evidence.inspection import Inspection
from scantally.detector.report.files import write_outputs

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make full")
    with api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def html(make: Callable[..., Inspection], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_outputs(make(), tmp_path_factory.mktemp("page"), "s")[1]


@pytest.fixture(params=[1280, 1920])
def page(browser: "Browser", html: Path, request: pytest.FixtureRequest) -> Iterator["Page"]:
    """The page at two widths; a console message, an error or a request beyond the file itself fails the test."""
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    opened, said = context.new_page(), []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda r: said.append(r.url) if not r.url.startswith(("file:", "data:")) else None)
    opened.goto(html.as_uri())
    yield opened
    context.close()
    assert said == []


def test_switching_a_group_off_hides_its_boxes_alone(page: "Page") -> None:
    for layer in ("findings", "not-judged", "containers", "load", "objects"):
        boxes = page.locator(f".mark.{layer}")
        assert boxes.count() > 0 and boxes.first.is_visible()
        page.uncheck(f"#show-{layer}")
        assert not any(boxes.nth(i).is_visible() for i in range(boxes.count()))
        others = page.locator(f".mark:not(.{layer})")
        assert others.first.is_visible()
        page.check(f"#show-{layer}")
        assert boxes.first.is_visible()


def test_choosing_a_finding_lights_its_boxes_until_escape(page: "Page") -> None:
    page.click("#finding-1 .reason")
    page.mouse.move(1, 1)
    lit = page.locator(".mark.hot")
    assert {lit.nth(i).get_attribute("data-findings") for i in range(lit.count())} == {"1"}
    assert page.locator("#finding-1.hot").count() == 1
    page.locator("#finding-1").evaluate("e => e.blur()")
    page.keyboard.press("Escape")
    assert lit.count() == 0


def test_pointing_at_a_finding_shows_boxes_that_are_switched_off(page: "Page") -> None:
    page.uncheck("#show-findings")
    box = page.locator(".mark.findings:not(.tag)[data-findings='1']")
    assert not box.is_visible()
    page.hover("#finding-1")
    assert box.is_visible()


def wait_for_finding(page: "Page", rank: int) -> None:
    """Neither a click nor a key waits for the step to the finding that it starts."""
    page.wait_for_url(re.compile(f"#finding-{rank}$"))
    page.wait_for_selector(f"#finding-{rank}.hot")


def test_clicking_a_box_leads_to_its_finding(page: "Page") -> None:
    page.locator(".mark.findings:not(.tag)[data-findings='1'] .line").click()
    wait_for_finding(page, 1)
    finding = page.locator("#finding-1")
    top, viewer = finding.bounding_box()["y"], page.locator("#viewer").bounding_box()
    assert viewer["y"] + viewer["height"] <= top + 1  # beneath the picture, not behind it


def test_keyboard_reaches_findings_and_boxes(page: "Page") -> None:
    page.focus("#finding-2")
    assert page.locator(".mark.hot").count() > 0
    page.locator(".mark.findings:not(.tag)[data-findings='1'] a").focus()
    page.keyboard.press("Enter")
    wait_for_finding(page, 1)


def test_views_exclude_each_other(page: "Page") -> None:
    grey, colour = page.locator("image.grey"), page.locator("image.colour")
    assert grey.is_visible() and not colour.is_visible()
    page.check("#view-colour")
    assert colour.is_visible() and not grey.is_visible() and page.locator(".scale").is_visible()
    page.check("#view-inverted")
    assert grey.is_visible() and grey.evaluate("e => getComputedStyle(e).filter") == "invert(1)"


def view_box(page: "Page") -> list[float]:
    return [float(v) for v in page.get_attribute("#scan", "viewBox").split()]


def test_zoom_and_pan(page: "Page") -> None:
    x, y, w, h = view_box(page)
    place = page.locator("#scan").bounding_box()
    page.mouse.move(place["x"] + place["width"] * 0.75, place["y"] + place["height"] / 2)
    page.mouse.wheel(0, -100)
    page.wait_for_function("document.getElementById('zoom-level').textContent !== '100 %'")
    nx, _, nw, nh = view_box(page)
    assert nw == pytest.approx(w / 1.25) and nh == pytest.approx(h / 1.25) and nx > x
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * 0.95, place["y"] + place["height"] / 2, steps=4)
    page.mouse.up()
    assert view_box(page)[0] < nx
    page.click("#zoom-fit")
    assert view_box(page) == [x, y, w, h]
    page.click("#zoom-in")
    assert page.inner_text("#zoom-level") == "150 %"
    page.focus("#scan")
    page.keyboard.press("0")
    assert view_box(page) == [x, y, w, h]


def test_nothing_is_wider_than_the_window(page: "Page") -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    bar = page.locator(".bar").bounding_box()
    assert bar["height"] < 45  # one line


def test_first_screen_shows_disposition_picture_finding_and_what_was_not_judged(page: "Page") -> None:
    for selector in ("h1", "#scan", "#finding-1", "#h-unjudged"):
        box = page.locator(selector).bounding_box()
        assert box["y"] >= 0 and box["y"] + min(box["height"], 60) <= 900


def test_without_script_boxes_stand_and_switches_work(browser: "Browser", html: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(html.as_uri())
    box = page.locator(".mark.findings").first
    assert box.is_visible() and not page.locator(".zoom").is_visible()
    page.uncheck("#show-findings")
    assert not box.is_visible()
    context.close()


def test_page_prints_on_paper(browser: "Browser", html: Path) -> None:
    page = browser.new_page()
    page.goto(html.as_uri())
    page.emulate_media(media="print")
    assert not page.locator(".bar").is_visible() and page.locator("#scan").is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    page.close()
