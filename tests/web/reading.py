"""Reading pages in tests: strict parsing, and the forms that a person would press."""

from __future__ import annotations

import gzip
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from django.http import HttpResponse
from django.test import Client

HTMX = {"HTTP_HX_REQUEST": "true"}
_NAMESPACE = "{http://www.w3.org/1999/xhtml}"


def parse(answer: HttpResponse | Any) -> Element:
    """Parse a whole page strictly: any fault of the markup raises."""
    tree: Element = html5lib.HTMLParser(strict=True).parse(answer.content.decode())
    return tree


def find(tree: Element, tag: str, **attributes: str) -> list[Element]:
    """All elements with this tag and these attributes."""
    found = tree.iter(_NAMESPACE + tag)
    return [element for element in found if attributes.items() <= element.attrib.items()]


def words(element: Element) -> str:
    """The text that people read in it, with single spaces."""
    return " ".join("".join(element.itertext()).split())


def form_to(tree: Element, address: str) -> dict[str, str]:
    """The hidden fields of the form that posts there."""
    form = find(tree, "form", action=address)[0]
    return {field.attrib["name"]: field.attrib["value"] for field in find(form, "input", type="hidden")}


def press(client: Client, page: str, address: str, **headers: str) -> Any:
    """Open the page and press the button that posts to the address."""
    fields = form_to(parse(client.get(page)), address)
    return client.post(address, fields, **headers)


def packed(content: bytes) -> int:
    """How many bytes go over the wire."""
    return len(gzip.compress(content, 9))
