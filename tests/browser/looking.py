"""Looks at a page as everybody sees it: light and dark, wide and narrow, with axe, a ruler and a camera."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

WIDTHS = (1280, 390)
NARROWEST = 320
HEIGHT = 900

COLOUR_RULES = ("color-contrast", "link-in-text-block")
LAYOUT_RULES = (*COLOUR_RULES, "scrollable-region-focusable", "target-size", "duplicate-id-aria", "bypass")
RUN_AXE = """async rules => {
  await Promise.all(document.getAnimations().map(each => each.finished));
  const only = rules.length ? {runOnly: {type: 'rule', values: rules}} : {};
  const results = await axe.run({resultTypes: ['violations'], ...only});
  return results.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html} (${
    [...node.any, ...node.all, ...node.none].map(check => check.message).join('; ')})`));
}"""

_axe = Axe()


def faults_of(page: Page, *, shots: Path | None = None, name: str = "") -> list[str]:
    """What axe finds in every width and theme, and what does not fit into the narrowest window.

    All rules in the wide window in light; narrow those that a layout can break, and in dark, where nothing but colours
    differs, those about colours. Motion is reduced, so that
    no colour is on its way to another. With `shots` a picture of each is kept there under `name`.
    """
    page.evaluate(_axe.axe_script)
    found: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for theme, rules in (("light", () if width == WIDTHS[0] else LAYOUT_RULES), ("dark", COLOUR_RULES)):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
            found += [f"{width} {theme}: {fault}" for fault in page.evaluate(RUN_AXE, list(rules))]
            if shots:
                page.screenshot(path=shots / f"{name}-{width}-{theme}.png", full_page=True)
    return found + what_is_too_wide(page)


def what_is_too_wide(page: Page) -> list[str]:
    """Elements that make the page scroll sideways in the narrowest window; empty when it does not."""
    page.set_viewport_size({"width": NARROWEST, "height": HEIGHT})
    found: list[str] = page.evaluate(
        """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
          [...document.querySelectorAll('body *')].filter(
            each => each.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5
          ).map(each => each.outerHTML.slice(0, 120))"""
    )
    return [f"{NARROWEST} wide: {element}" for element in found]


def focused(page: Page) -> str:
    """The id of what has the focus, or its tag's name."""
    return str(page.evaluate("document.activeElement.id || document.activeElement.tagName.toLowerCase()"))


def ask_now(page: Page) -> None:
    """Let the page ask for news at once and wait for the answer, as its own clock would do in a while."""
    is_news = "/card/", "/live/"
    with page.expect_response(lambda answer: any(part in answer.url for part in is_news)):
        page.evaluate("document.querySelector('[data-watch]').dispatchEvent(new CustomEvent('bh-poll'))")


def colours(page: Page) -> Any:
    """Text and background colour of the page."""
    return page.evaluate("(({color, backgroundColor}) => [color, backgroundColor])(getComputedStyle(document.body))")
