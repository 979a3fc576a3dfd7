"""When a message may go out: quiet hours and the daily digest, on the clock of whoever gets it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deploys.models import Channel, ChannelKind, Reason

# Who asked waits for the answer; and for who may approve, somebody waits.
AT_ONCE = frozenset({Reason.PRESSED, Reason.WISH, Reason.TEST, Reason.APPROVER})


def zone_of(channel: Channel, site_zone: str) -> ZoneInfo:
    """The zone of the person, else of the site; UTC where neither is known any more."""
    return zone_named(channel.user.time_zone if channel.user else "", site_zone)


def zone_named(*names: str) -> ZoneInfo:
    """The first of these zones that exists, else UTC."""
    for name in names:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return ZoneInfo("UTC")


def send_at(channel: Channel, reason: str, moment: datetime, zone: ZoneInfo) -> tuple[datetime, bool]:
    """When a message that is ready at `moment` goes out, and whether it joins others that wait for the same time.

    What somebody waits for goes at once, and so does everything for a machine.
    """
    if reason in AT_ONCE or channel.kind == ChannelKind.WEBHOOK:
        return moment, False
    if channel.digest_at is not None:
        return next_time(channel.digest_at, moment, zone), True
    if is_quiet(channel, moment, zone) and channel.quiet_until is not None:
        return next_time(channel.quiet_until, moment, zone), True
    return moment, False


def is_quiet(channel: Channel, moment: datetime, zone: ZoneInfo) -> bool:
    """True within the quiet hours, which may go past midnight; their end is not part of them."""
    begin, end = channel.quiet_from, channel.quiet_until
    if begin is None or end is None or begin == end:
        return False
    clock = moment.astimezone(zone).time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def next_time(clock: time, moment: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after `moment` at which clocks in the zone show this time, in UTC.

    Where the clocks jump over it, the moment that lies as far after the jump; where they show it twice, the first of
    the two that is still to come.
    """
    return min(found for found in _candidates(clock, moment, zone) if found > moment)


def _candidates(clock: time, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    today = moment.astimezone(zone).date()
    for days in range(-1, 3):
        for fold in (0, 1):
            local = datetime.combine(today + timedelta(days=days), clock, tzinfo=zone).replace(fold=fold)
            found = local.astimezone(UTC)
            # Of a time that the clocks jump over, the second reading lies before the jump.
            if fold == 0 or found.astimezone(zone).time() == clock:
                yield found
