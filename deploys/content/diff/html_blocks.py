"""HTML to passages: the text that a reader sees with its formatting; everything else is dropped and remembered."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from lxml import etree

from deploys.content.diff.passages import PLAIN, Marks, Passage
from deploys.content.diff.rich_text import RichText
from deploys.content.diff.tokens import clean, collapse

_PARAGRAPHS = {
    **{f"h{level}": f"h{level}" for level in range(1, 7)},
    **{
        "p": "p",
        "li": "li",
        "blockquote": "quote",
        "pre": "pre",
        "listing": "pre",
        "tr": "row",
        "dt": "term",
        "dd": "p",
    },
    **{"caption": "caption", "figcaption": "caption", "summary": "p", "legend": "p", "address": "p"},
}
_BOXES = frozenset(
    {
        *("div", "section", "article", "main", "header", "footer", "nav", "aside", "figure", "ul", "ol", "dl", "table"),
        *("thead", "tbody", "tfoot", "details", "form", "fieldset", "center", "body", "html", "hgroup", "search"),
        *("menu", "dialog"),
    }
)
_CELLS = frozenset(("td", "th"))
_MARKS = {
    **{"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underlined", "ins": "marked as inserted"},
    **{"s": "struck", "strike": "struck", "del": "struck", "code": "code", "kbd": "code", "samp": "code", "tt": "code"},
    **{
        "sub": "subscript",
        "sup": "superscript",
        "mark": "highlighted",
        "small": "small",
        "q": "quoted",
        "cite": "cited",
        "th": "header cell",
    },
}
_OPAQUE = frozenset(
    {
        *("script", "style", "template", "noscript", "head", "title", "svg", "math", "object", "canvas", "video"),
        *("audio", "picture", "iframe"),
    }
)
_EMBEDS = {
    **{"img": "image", "picture": "image", "svg": "drawing", "canvas": "drawing", "math": "formula", "iframe": "embed"},
    **{"object": "embed", "embed": "embed", "video": "video", "audio": "audio"},
}
_SHOWN = {"a": ("href",)} | dict.fromkeys(_EMBEDS, ("src", "data", "alt", "title"))
# The longest address shown in full; of a longer one (a picture inside its address) the start and a checksum.
_LONG_ADDRESS = 200


class HtmlTooDeep(ValueError):
    """The parser gave up on the nesting; what it read before is not the whole text."""


@dataclass(slots=True)
class Html:
    """The passages of a document and, in order, the markup that has no text: scripts, comments, other attributes."""

    passages: list[Passage]
    dropped: list[str] = field(default_factory=list)


def html_passages(source: str) -> Html:
    """Read HTML as a browser would show it. Raises HtmlTooDeep when it is nested too deeply to be read whole."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True)
    text = clean(source).replace("\x0b", " ").replace("\x0c", " ")
    try:
        root = etree.HTML(f"<html><body>{text}".encode(), parser)
    except etree.ParseError:
        root = None
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        raise HtmlTooDeep
    reader = _Reader()
    if root is not None:
        reader.read(root)
    return Html(reader.rich.passages, reader.dropped)


class _Reader:
    """Walks a document once, without recursion."""

    def __init__(self) -> None:
        self.rich = RichText()
        self.dropped: list[str] = []
        self._marks: list[Marks] = [PLAIN]
        self._kinds: list[tuple[str, str]] = [("p", "")]
        self._lists: list[str] = []
        self._rows = 0
        self._cells = 0

    def read(self, root: etree._Element) -> None:
        """Read all elements below and including the root."""
        walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start":
                if element.tag in _OPAQUE:
                    walk.skip_subtree()
                self._start(element, str(element.tag))
            elif event == "end":
                self._end(str(element.tag))
                self.rich.text(element.tail or "", self._marks[-1])
            else:
                self.dropped.append(f"<!{collapse(element.text or '')}>")
                self.rich.text(element.tail or "", self._marks[-1])
        self.rich.end("p")

    def _start(self, element: etree._Element, tag: str) -> None:
        self._remember(element, tag)
        marks = self._marks[-1]
        if tag in _MARKS:
            marks |= {_MARKS[tag]}
        elif tag == "a" and element.get("href") is not None:
            marks |= {f"link:{_address(element.get('href', ''))}"}
        self._marks.append(marks)
        if tag in _EMBEDS:
            self.rich.whole(_embed(element, tag), marks)
        elif tag == "br":
            self.rich.whole("\n", PLAIN)
        elif tag in _CELLS and self._rows:
            self._start_cell()
        elif tag in _PARAGRAPHS or tag in _BOXES or tag == "hr":
            self._start_block(tag)
        if tag not in _OPAQUE:
            self.rich.text(element.text or "", marks)

    def _start_cell(self) -> None:
        if self._cells:
            for part in (" ", "|", " "):
                self.rich.whole(part) if part == "|" else self.rich.text(part)
        self._cells += 1

    def _start_block(self, tag: str) -> None:
        if tag in ("ul", "ol"):
            self._lists.append(tag)
        self._break()
        if tag == "hr" and not self._rows:
            self.rich.whole("[line]")
            self.rich.end("hr")
        if tag == "tr":
            self._rows += 1
            self._cells = 0 if self._rows == 1 else self._cells
        outer = self._kinds[-1]
        kind = _PARAGRAPHS.get(tag, "p")
        self._kinds.append(outer if kind == "p" and outer[0] != "pre" else (kind, self._style(tag)))

    def _style(self, tag: str) -> str:
        """What tells this list item from others: numbered or not, and how deep."""
        if tag != "li" or not self._lists:
            return ""
        level = f"level {len(self._lists)}" if len(self._lists) > 1 else ""
        return ", ".join(filter(None, ("numbered" if self._lists[-1] == "ol" else "", level)))

    def _end(self, tag: str) -> None:
        self._marks.pop()
        if tag not in _PARAGRAPHS and tag not in _BOXES and tag != "hr":
            return
        if tag == "tr":
            self._rows -= 1
        self._break()
        self._kinds.pop()
        if tag in ("ul", "ol"):
            self._lists.pop()

    def _break(self) -> None:
        """End the passage; inside a table row there is only a blank."""
        if self._rows:
            self.rich.text(" ")
        else:
            self.rich.end(*self._kinds[-1])

    def _remember(self, element: etree._Element, tag: str) -> None:
        """Note what the passages do not tell about an element."""
        if tag in _OPAQUE:
            self.dropped += (_source(inner) for inner in element.iter())
            return
        known = (
            tag in _PARAGRAPHS
            or tag in _MARKS
            or tag in _CELLS
            or tag in ("a", "img", "br", "hr", "html", "body", "ul", "ol")
        )
        shown = _SHOWN.get(tag, ())
        other = [f"{name}={collapse(value)}" for name, value in _attributes(element) if name not in shown]
        if other or not known:
            self.dropped.append(" ".join((tag, *other)))


def _attributes(element: etree._Element) -> list[tuple[str, str]]:
    """Names and values in alphabetical order, so that their order in the source does not count."""
    return sorted((str(name), str(value)) for name, value in element.items())


def _source(element: etree._Element) -> str:
    """An element without its children, attributes in alphabetical order."""
    attributes = (f"{name}={collapse(value)}" for name, value in _attributes(element))
    return " ".join((str(element.tag), *attributes, collapse(element.text or ""), collapse(element.tail or "")))


def _embed(element: etree._Element, tag: str) -> str:
    """An image, video or other embed in words: what it is, its text and its address."""
    source = words = ""
    for inner in element.iter(etree.Element):
        source = source or inner.get("src") or inner.get("data") or ""
        words = words or inner.get("alt") or inner.get("title") or ""
    if tag == "picture" and (image := element.find(".//img")) is not None:
        source = image.get("src") or source
    address, words = _address(source), collapse(words)
    told = f"{words} ({address})" if words and address else words or address
    return f"[{_EMBEDS[tag]}: {told}]" if told else f"[{_EMBEDS[tag]}]"


def _address(address: str) -> str:
    """The address without blanks at its ends; a very long one by its start, length and checksum."""
    address = collapse(address)
    if len(address) <= _LONG_ADDRESS:
        return address
    checksum = hashlib.sha256(address.encode()).hexdigest()[:8]
    return f"{address[:60]}… ({len(address)} characters, checksum {checksum})"
