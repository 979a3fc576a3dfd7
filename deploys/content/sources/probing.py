"""The one request that tells what the token may see, and what to say of its answer."""

from __future__ import annotations

from deploys.content.sources.config import Probe
from deploys.content.sources.errors import ErrorClass, SourceMalformed, SourceRefused
from deploys.content.sources.expressions import search
from deploys.content.sources.fetching import Fetcher, Question
from deploys.content.sources.types import JSON


def findings_of(probe: Probe, fetcher: Fetcher) -> list[str]:
    """Ask, and give the sentences that are true.

    Raises SourceRefused for one that means that the source would show less than it has without a word.
    """
    told = _answer(probe, fetcher)
    found = []
    for number, finding in enumerate(probe.findings, start=1):
        if not search(finding.when, f"probe {number}", told):
            continue
        if finding.refuses:
            raise SourceRefused(finding.says, error_class=ErrorClass.TOKEN_REJECTED, status=told["status"])
        found.append(finding.says)
    return found


def _answer(probe: Probe, fetcher: Fetcher) -> dict[str, JSON]:
    """A refusal is an answer too: it is what the probe is for."""
    try:
        answer = fetcher.fetch(Question(url=probe.url, method=probe.method, body=probe.body))
    except SourceRefused as refused:
        return {"status": refused.status, "body": {"message": refused.detail}}
    except SourceMalformed:
        return {"status": 200, "body": None}
    return {"status": answer.status, "body": answer.data}
