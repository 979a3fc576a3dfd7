"""Which of the five steps a job belongs to, by the words that CI files use for jobs and stages."""

from __future__ import annotations

import re

from deploys.models import Step

# Tried on the job's name first, then on its stage; the first that fits counts.
WORDS = (
    (Step.GOING_LIVE, r"deploy|publish|release|upload|sync|invalidat|go.?live|^pages$|cdn|\bs3\b"),
    (Step.CHECKING, r"test|check|lint|verif|audit|crawl|validat|quality"),
    (Step.COLLECTING, r"collect|content|pull|fetch|import|prepare|\.pre|cms"),
    (Step.BUILDING, r"build|render|generate|compile|astro|site|bundle"),
)


def step_of(name: str, stage: str) -> Step:
    """Return the step of a job by the words in its name or stage; building when none fits."""
    for text in (name, stage):
        for step, words in WORDS:
            if re.search(words, text, re.IGNORECASE):
                return step
    return Step.BUILDING
