"""Texts of entries that no version names any more. They are shared by all sites."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from deploys.models import ContentBlob, EntryVersion
from deploys.models.content import BLOBS_LOCK
from deploys.retention.amounts import Amount, Kind, Scope, amount_of, stored_size

AT_ONCE = 1000
_SIZE = stored_size("deploys_contentblob.data")
_UNNAMED = ~Exists(EntryVersion.objects.filter(hash=OuterRef("hash")))


def _look(_scope: Scope) -> Amount:
    return amount_of(ContentBlob.objects.filter(_UNNAMED), _SIZE)


def _batch(_scope: Scope) -> Amount:
    # The long look is without a lock. Whoever stores content holds it from finding a text until a version names it, so
    # under the lock what was found is asked for once more.
    some = list(ContentBlob.objects.filter(_UNNAMED).values_list("pk", flat=True)[:AT_ONCE])
    if not some:
        return Amount()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [BLOBS_LOCK])
        free = ContentBlob.objects.filter(_UNNAMED, pk__in=some).annotate(stored=_SIZE)
        found = {bytes(pk): size for pk, size in free.values_list("pk", "stored")}
        ContentBlob.objects.filter(pk__in=list(found)).delete()
    return Amount(rows=len(found), size=sum(found.values()))


CONTENTS = Kind(key="contents", label="Texts that nothing names", look=_look, batch=_batch, of_site=False)
