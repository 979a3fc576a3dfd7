"""Content that tries to be more than text, in every place that a CMS fills."""

from __future__ import annotations

from deploys.content.sources.types import Entry
from tests.scenes import make_entry

ATTACKS = (
    "<script>window.hacked = 'script'</script>",
    "<img src=x onerror=\"window.hacked = 'onerror'\">",
    "<a href=\"javascript:window.hacked = 'link'\">read on</a>",
    "<svg onload=\"window.hacked = 'svg'\"><circle r=1></svg>",
    "<iframe srcdoc=\"<script>parent.hacked = 'iframe'</script>\"></iframe>",
    "<style>* { background: url('/hacked') }</style>",
    "</p></div></details><script>window.hacked = 'closed'</script>",
    "\"><script>window.hacked = 'quote'</script>",
    "{{ 7|add:7 }}{% now 'Y' %}",
)
HTML = "".join(f"<p>{attack}</p>" for attack in ATTACKS)


def before() -> list[Entry]:
    """Harmless, but for what will be removed, and for the first half of a tag."""
    return [
        *(make_entry(f"entry-{number}", fields={"body": "Once upon a time."}) for number in range(len(ATTACKS))),
        make_entry("split", fields={"body": "<p>one <scr", "note": "ipt>window.hacked = 'split'</script>"}),
        make_entry("gone", title=ATTACKS[0], url=f"/{ATTACKS[1]}/", fields={"body": HTML}),
        make_entry("rich", fields={"body": "<p>Nothing to see.</p>", "blocks": [{"id": "1", "text": "one"}]}),
    ]


def after() -> list[Entry]:
    """The same entries, hostile in title, address, section, person, link to the CMS, and text."""
    edited = [
        make_entry(
            f"entry-{number}",
            title=attack,
            kind=attack,
            url="javascript:window.hacked='url'" if number % 2 else f"/{attack}/",
            edit_url=("javascript:window.hacked='edit'", "//evil.example/", "data:text/html,x", "/\\evil.example")[
                number % 4
            ],
            changed_by=attack,
            fields={
                "body": attack,
                "html": f"<p>{attack}</p>",
                "list": [attack],
                "image": {"url": attack, "alt": attack},
            },
        )
        for number, attack in enumerate(ATTACKS)
    ]
    blocks = [{"id": "1", "type": ATTACKS[0], "text": ATTACKS[1]}, {"id": "2", "type": ATTACKS[3], "html": HTML}]
    return [
        *edited,
        make_entry("split", fields={"body": "<p>one <scr" + "ipt>window.hacked = 'split'</script>", "note": "<"}),
        make_entry("rich", fields={"body": HTML, "blocks": blocks, ATTACKS[0]: ATTACKS[1]}),
        make_entry("fresh", title=ATTACKS[4], fields={"body": HTML}),
    ]
