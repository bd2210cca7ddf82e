# SPDX-License-Identifier: MIT
"""A flame graph of the samples of `profile N`: a page of its own. A box is as wide as the share of samples that were in it or below it."""

import html

import trace_dump

WIDTH, HEIGHT = 1200, 17
HEAD = """<!DOCTYPE html>
<!-- SPDX-License-Identifier: MIT -->
<html lang="en"><meta charset="utf-8"><title>Quartet profile</title>
<style>body{{font:13px sans-serif;margin:10px}} rect{{stroke:#fff}} text{{font:11px sans-serif;pointer-events:none}} .hit rect{{fill:#d0f}}</style>
<b>Quartet profile</b>: {samples} samples{lost} <input id="search" placeholder="search a function" size="30">
<svg id="flame" width="{width}" height="{height}" viewBox="0 0 {width} {height}" preserveAspectRatio="none">
"""
TAIL = """</svg>
<script>
"use strict";
// A click makes a box as wide as the page; one on the lowest row shows all again.
const flame = document.getElementById("flame"), boxes = [...flame.querySelectorAll("g")];
for (const box of boxes) box.onclick = () => {
  const [at, width] = [+box.dataset.x, +box.dataset.w], whole = +flame.getAttribute("width");
  for (const one of boxes) {
    const x = (+one.dataset.x - at) * whole / width, w = +one.dataset.w * whole / width, rect = one.querySelector("rect"), text = one.querySelector("text");
    one.style.display = x + w <= 0.01 || x >= whole - 0.01 ? "none" : "";
    const begin = Math.max(x, 0), shown = Math.min(x + w, whole) - begin;
    rect.setAttribute("x", begin); rect.setAttribute("width", Math.max(shown, 0.1));
    text.setAttribute("x", begin + 3); text.textContent = shown < 30 ? "" : one.dataset.name.slice(0, shown / 6.5);
  }
};
document.getElementById("search").oninput = event => {
  for (const box of boxes) box.classList.toggle("hit", event.target.value !== "" && box.dataset.name.includes(event.target.value));
};
</script></html>
"""


class Box:
    def __init__(self):
        self.count, self.below = 0, {}


def tree(trace):
    root = Box()
    for thread, stack in trace_dump.samples(trace):
        at = root
        at.count += 1
        for name in [thread, *stack]:
            at = at.below.setdefault(name, Box())
            at.count += 1
    return root


def depth(box):
    return 1 + max((depth(one) for one in box.below.values()), default=0)


def boxes(name, box, x, level, whole, height):
    width = WIDTH * box.count / whole
    y = height - (level + 1) * HEIGHT
    words = f"{name}: {box.count} of {whole} samples, {100 * box.count / whole:.1f} %"
    hue = 10 + sum(map(ord, name)) % 45
    shown = html.escape(name[:int(width / 6.5)]) if width >= 30 else ""
    yield (f'<g data-x="{x:.2f}" data-w="{width:.2f}" data-name="{html.escape(name, True)}"><title>{html.escape(words)}</title>'
           f'<rect x="{x:.2f}" y="{y}" width="{max(width, 0.1):.2f}" height="{HEIGHT - 1}" fill="hsl({hue},85%,62%)"/>'
           f'<text x="{x + 3:.2f}" y="{y + 12}">{shown}</text></g>')
    for under, one in sorted(box.below.items()):
        yield from boxes(under, one, x, level + 1, whole, height)
        x += WIDTH * one.count / whole


def page(trace):
    root = tree(trace)
    height = depth(root) * HEIGHT
    lost = sum(trace.lost.values())
    head = HEAD.format(samples=root.count, lost=f", {lost} older events are lost" if lost else "", width=WIDTH, height=height)
    return head + "\n".join(boxes("all", root, 0, 0, max(root.count, 1), height)) + TAIL
