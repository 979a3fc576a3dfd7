"""What people do to a set-up, each with what the doctor has to say: every trouble that follows, and words of it."""

from __future__ import annotations

from tests.doctor.mishaps.buckets import BUCKETS
from tests.doctor.mishaps.edge import EDGE
from tests.doctor.mishaps.identities import IDENTITIES
from tests.doctor.mishaps.machine import MACHINE
from tests.doctor.mishaps.names import NAMES

MISHAPS = NAMES | BUCKETS | EDGE | IDENTITIES | MACHINE
