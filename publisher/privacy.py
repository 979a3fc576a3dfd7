"""Whether visitors can read the publisher's own records, which name every release and hold what was taken offline."""

from __future__ import annotations

from publisher.errors import Unavailable
from publisher.pointer import POINTER


def records_are_public(address: str, *, timeout: float = 10) -> bool:
    """Ask the site's public address for a record, as a visitor would. Raises Unavailable.

    Only 200 with a body that a record can be means public: many sites answer 200 with a page for what is not there.
    """
    import urllib3
    from urllib3.exceptions import HTTPError

    try:
        with urllib3.PoolManager() as pool:
            reply = pool.request(
                "GET",
                f"{address.rstrip('/')}/{POINTER}",
                timeout=timeout,
                retries=2,
                headers={"Cache-Control": "no-cache"},
            )
    except HTTPError as error:
        raise Unavailable(f"{address} did not answer ({type(error).__name__}). Try again.") from error
    return reply.status == 200 and reply.data.lstrip().startswith(b'{"format"')
