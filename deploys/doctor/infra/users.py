"""The two users that have keys: buildhub's worker, and the CMS, which must not be able to write the site."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property

from deploys.doctor.infra.aws import NotThere
from deploys.doctor.infra.identities import Identity
from deploys.doctor.infra.rights import lacking, publishing, uploading, writes_into
from deploys.doctor.infra.walk import Walk
from deploys.doctor.model import Finding, Look, NothingThere, Thing

OLD = timedelta(days=365)
_KEYS = {"worker": ("BuildhubUserName", "worker_user"), "cms": ("CmsUserName", "cms_user")}
_WORDS = {"worker": "The user of buildhub's worker", "cms": "The user of the CMS"}


class User:
    """One of the two. moment: the time to judge the age of keys by."""

    def __init__(self, walk: Walk, key: str, moment: datetime) -> None:
        self.walk, self.key, self.moment = walk, key, moment
        self.output, self.option = _KEYS[key]
        self.there = Thing(f"users.{key}", _WORDS[key])
        self.rights = Thing(f"users.{key}.rights", "What it may do")
        self.site = Thing(f"users.{key}.site", "It cannot write the site")
        self.keys = Thing(f"users.{key}.keys", "Its access key")

    @cached_property
    def identity(self) -> Identity | None:
        """As asked, or as the stack says; None when neither names one."""
        name = getattr(self.walk.asked, self.option) or self.walk.output(self.output)
        return Identity(self.walk.aws, "user", name) if name else None

    def looks(self) -> tuple[Look, ...]:
        """In order; without a name all but the first say nothing."""
        looks = [Look(thing=self.there, run=self._there), Look(thing=self.rights, run=self._rights)]
        if self.key == "cms":
            looks.append(Look(thing=self.site, run=self._site))
        return (*looks, Look(thing=self.keys, run=self._keys))

    def _user(self) -> Identity | None:
        """The user; None when nothing names one. Raises NothingThere when there is none of the name."""
        if self.identity is None:
            return None
        try:
            if self.identity.facts:
                return self.identity
        except NotThere:
            pass
        raise NothingThere(f"there is no user {self.identity.name}")

    def _there(self) -> Iterator[Finding]:
        if self.identity is None:
            yield self.there.unknown(
                "Nothing names it.",
                f"Give --{self.option.replace('_', '-')}, if there is one: a machine with a role needs none.",
                is_needed=False,
            )
            return
        try:
            self._user()
        except NothingThere:
            name = self.identity.name
            yield self.there.missing(
                f"There is no user {name}.", "It was deleted by hand: put it back.", self.walk.mended()
            )
            return
        yield self.there.ok(f"{self.identity.name} is there.")

    def _rights(self) -> Iterator[Finding]:
        user = self._user()
        if user is None:
            return
        if self.key == "cms":
            rights = uploading(self.walk.bucket_arn(self.walk.need_bucket(self.walk.uploads_bucket)))
        else:
            bucket = self.walk.bucket_arn(self.walk.need_bucket(self.walk.bucket))
            rights = publishing(bucket, self.walk.distribution_arn if self.walk.distribution_id else "")
        short = lacking(user.statements, rights)
        if short:
            yield self.rights.missing(
                f"It may not do what it needs: {', '.join(short)}.",
                "Put the policy of the stack back.",
                self.walk.mended(),
            )
        else:
            yield self.rights.ok("All that it needs.")

    def _site(self) -> Iterator[Finding]:
        """Whether somebody who gets into the CMS gets onto the site."""
        user = self._user()
        if user is None:
            return
        actions = list(writes_into(user.statements, self.walk.bucket_arn(self.walk.need_bucket(self.walk.bucket))))
        if not actions:
            yield self.site.ok(f"Nothing lets it write to {self.walk.bucket}.")
            return
        yield self.site.wrong(
            f"It may change the site's bucket {self.walk.bucket}: {', '.join(actions)}. Whoever gets into the CMS gets "
            "onto the site.",
            "Take from it everything but its uploads: policies of its own, attached ones, and groups.",
            f"aws iam list-attached-user-policies --user-name {user.name}\n"
            f"aws iam list-user-policies --user-name {user.name}\n"
            f"aws iam list-groups-for-user --user-name {user.name}",
        )

    def _keys(self) -> Iterator[Finding]:
        user = self._user()
        if user is None:
            return
        active = [one for one in user.keys if one["Status"] == "Active"]
        old = [one for one in active if self.moment - one["CreateDate"] > OLD]
        make = f"aws iam create-access-key --user-name {user.name}"
        if not active:
            yield self.keys.missing(
                "It has no access key that is switched on.",
                "Make one and put it into the settings, unless its machine has a role that holds the policy.",
                make,
                is_needed=False,
            )
        elif old:
            yield self.keys.wrong(
                f"A key is older than a year ({', '.join(one['AccessKeyId'] for one in old)}).",
                "Make a second one, change the setting, then delete the old one.",
                f"{make}\naws iam delete-access-key --user-name {user.name} --access-key-id {old[0]['AccessKeyId']}",
                is_needed=False,
            )
        else:
            yield self.keys.ok(f"It has {len(active)} younger than a year.")
