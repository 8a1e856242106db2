"use strict";
// Without this script the page shows everything; with it, the picture can be enlarged and findings point at their boxes.
(() => {
  const scan = document.getElementById("scan");
  const viewer = document.getElementById("viewer");
  const width = Number(scan.dataset.width);
  const height = Number(scan.dataset.height);
  const unit = Number(scan.dataset.unit);
  const hatch = document.getElementById("hatch");
  const level = document.getElementById("zoom-level");
  const tags = [...scan.querySelectorAll(".tag")];
  const marks = [...scan.querySelectorAll(".mark")];
  const LARGEST = 16;
  let view = { x: 0, y: 0, zoom: 1 };

  // Pixels of the scan for one pixel of the screen.
  const scale = () => 1 / Math.min(scan.clientWidth * view.zoom / width, scan.clientHeight * view.zoom / height);

  function draw() {
    const w = width / view.zoom, h = height / view.zoom;
    view.x = Math.min(Math.max(view.x, 0), width - w);
    view.y = Math.min(Math.max(view.y, 0), height - h);
    scan.setAttribute("viewBox", `${view.x} ${view.y} ${w} ${h}`);
    // Tags keep their size on the screen, but are never larger than what they were placed for.
    const u = Math.min(scale(), unit);
    for (const tag of tags) tag.setAttribute("transform", `translate(${tag.dataset.x} ${tag.dataset.y}) scale(${u})`);
    hatch.setAttribute("patternTransform", `scale(${u}) rotate(45)`);
    level.textContent = `${Math.round(100 * view.zoom)} %`;
    const sticky = getComputedStyle(viewer).position === "sticky";
    document.documentElement.style.setProperty("--viewer", `${sticky ? viewer.offsetHeight : 0}px`);
  }

  function zoomTo(zoom, cx = view.x + width / view.zoom / 2, cy = view.y + height / view.zoom / 2) {
    const next = Math.min(Math.max(zoom, 1), LARGEST), k = view.zoom / next;
    view = { x: cx - (cx - view.x) * k, y: cy - (cy - view.y) * k, zoom: next };
    draw();
  }

  function pointAt(event) {
    const p = new DOMPoint(event.clientX, event.clientY).matrixTransform(scan.getScreenCTM().inverse());
    return [p.x, p.y];
  }

  scan.addEventListener("wheel", (event) => {
    const out = event.deltaY > 0;
    if (out && view.zoom === 1) return; // nothing to make smaller: let the page scroll
    event.preventDefault();
    zoomTo(view.zoom * (out ? 1 / 1.25 : 1.25), ...pointAt(event));
  }, { passive: false });

  let grip = null, moved = false;
  scan.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    grip = { at: [event.clientX, event.clientY], x: view.x, y: view.y };
    moved = false;
  });
  window.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const dx = event.clientX - grip.at[0], dy = event.clientY - grip.at[1];
    if (!moved && Math.hypot(dx, dy) < 5) return;
    moved = true;
    scan.classList.add("moving");
    view.x = grip.x - dx * scale();
    view.y = grip.y - dy * scale();
    draw();
  });
  const release = () => { grip = null; scan.classList.remove("moving"); };
  window.addEventListener("pointerup", release);
  window.addEventListener("pointercancel", release);
  scan.addEventListener("dragstart", (event) => event.preventDefault());
  scan.addEventListener("click", (event) => { if (moved) { event.preventDefault(); event.stopPropagation(); } }, true);

  const keys = {
    "+": () => zoomTo(view.zoom * 1.5), "=": () => zoomTo(view.zoom * 1.5), "-": () => zoomTo(view.zoom / 1.5),
    "0": () => zoomTo(1),
    ArrowLeft: () => { view.x -= width / view.zoom / 10; draw(); },
    ArrowRight: () => { view.x += width / view.zoom / 10; draw(); },
    ArrowUp: () => { view.y -= height / view.zoom / 10; draw(); },
    ArrowDown: () => { view.y += height / view.zoom / 10; draw(); },
  };
  scan.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    if (event.key.startsWith("Arrow") && view.zoom === 1) return;
    event.preventDefault();
    keys[event.key]();
  });
  document.getElementById("zoom-in").addEventListener("click", keys["+"]);
  document.getElementById("zoom-out").addEventListener("click", keys["-"]);
  document.getElementById("zoom-fit").addEventListener("click", keys["0"]);
  scan.closest(".viewer").querySelector(".zoom").hidden = false;

  // Findings and their boxes point at each other.
  const rows = [...document.querySelectorAll(".finding")];
  const listed = (element, name) => (element.dataset[name] || "").split(" ").filter(Boolean);
  let chosen = null; // what was clicked stays lit until something else is

  function light(pick) {
    const hot = pick ?? chosen;
    let any = false;
    for (const mark of marks) {
      const on = hot !== null && hot.marks.includes(mark.dataset.mark);
      mark.classList.toggle("hot", on);
      any ||= on;
    }
    scan.classList.toggle("picking", any);
    for (const row of rows) row.classList.toggle("hot", hot !== null && hot.findings.includes(row.dataset.number));
  }

  function ofFinding(number) {
    const own = marks.filter((mark) => listed(mark, "findings").includes(number)).map((mark) => mark.dataset.mark);
    return { findings: [number], marks: own };
  }

  function bringIntoView(pick) {
    const mark = document.getElementById(`mark-${pick.marks[0]}`);
    if (!mark || view.zoom === 1) return;
    const box = mark.getBBox();
    view.x = box.x + box.width / 2 - width / view.zoom / 2;
    view.y = box.y + box.height / 2 - height / view.zoom / 2;
    draw();
  }

  function listen(element, pickOf) {
    element.addEventListener("pointerenter", () => light(pickOf()));
    element.addEventListener("pointerleave", () => light(null));
    element.addEventListener("focusin", () => light(pickOf()));
    element.addEventListener("focusout", () => light(null));
  }

  function choose(pick) {
    chosen = pick;
    light(null);
    bringIntoView(pick);
  }

  for (const row of rows) {
    const pick = ofFinding(row.dataset.number);
    listen(row, () => pick);
    row.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (link) event.preventDefault(); // the picture stands still above; only the boxes light up
      if (!event.target.closest("summary")) choose(pick);
    });
    row.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target === row) choose(pick);
    });
  }
  for (const item of document.querySelectorAll(".unjudged li[data-marks]")) {
    const pick = { findings: [], marks: listed(item, "marks") };
    listen(item, () => pick);
    item.addEventListener("click", (event) => {
      if (event.target.closest("a.show")) { event.preventDefault(); choose(pick); }
    });
  }
  for (const mark of marks) {
    const numbers = listed(mark, "findings");
    if (!numbers.length) continue;
    const pick = { findings: numbers, marks: [mark.dataset.mark] };
    listen(mark, () => pick);
    mark.addEventListener("click", () => { chosen = pick; light(null); });
  }
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") { chosen = null; light(null); } });

  new ResizeObserver(draw).observe(viewer);
  window.addEventListener("beforeprint", () => { chosen = null; light(null); zoomTo(1); });
  draw();
})();
