"""The editors' light markup as HTML. Everything is escaped first; nothing from content is ever markup."""

from __future__ import annotations

import re
from html import escape

SAFE_LINK = re.compile(r"(?:https?://|mailto:|tel:|/(?!/)|#)")
LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
BOLD = re.compile(r"\*\*(\S(?:.*?\S)?)\*\*")
ITALIC = re.compile(r"\*(\S(?:.*?\S)?)\*")
NUMBERED = re.compile(r"\d+\.\s+")


def to_html(text: str, base_path: str) -> str:
    """Paragraphs, ``##`` headings, lists, quotes, tables, bold, italic, links; ``/`` gets the base path."""
    blocks = re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip())
    return "\n".join(_block(block.strip().split("\n"), base_path) for block in blocks if block.strip())


def _block(lines: list[str], base_path: str) -> str:
    if lines[0].startswith("## "):
        rest = f"\n{_block(lines[1:], base_path)}" if lines[1:] else ""
        return f"<h2>{_inline(lines[0][3:], base_path)}</h2>{rest}"
    if all(line.startswith("- ") for line in lines):
        return _list("ul", [line[2:] for line in lines], base_path)
    if all(NUMBERED.match(line) for line in lines):
        return _list("ol", [NUMBERED.sub("", line, count=1) for line in lines], base_path)
    if all(line.startswith("> ") for line in lines):
        quoted = " ".join(_inline(line[2:], base_path) for line in lines)
        return f"<blockquote><p>{quoted}</p></blockquote>"
    if all(line.startswith("|") and line.endswith("|") for line in lines):
        return _table(lines, base_path)
    return f'<p dir="auto">{"<br>".join(_inline(line, base_path) for line in lines)}</p>'


def _list(tag: str, items: list[str], base_path: str) -> str:
    inner = "".join(f"<li>{_inline(item, base_path)}</li>" for item in items)
    return f"<{tag}>{inner}</{tag}>"


def _table(lines: list[str], base_path: str) -> str:
    rows = [[_inline(cell.strip(), base_path) for cell in line.strip("|").split("|")] for line in lines]
    head = "".join(f'<th scope="col">{cell}</th>' for cell in rows[0])
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows[1:])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _inline(text: str, base_path: str) -> str:
    def link(found: re.Match[str]) -> str:
        label, target = found.groups()
        if not SAFE_LINK.match(target):
            return label
        return f'<a href="{base_path + target if target.startswith("/") else target}">{label}</a>'

    html = LINK.sub(link, escape(text))
    return ITALIC.sub(r"<em>\1</em>", BOLD.sub(r"<strong>\1</strong>", html))
