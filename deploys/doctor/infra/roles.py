"""The two roles of the pipeline: who may take them, and what they may do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from deploys.doctor.infra.aws import NotThere
from deploys.doctor.infra.identities import Identity, provider_of
from deploys.doctor.infra.policies import grants, read
from deploys.doctor.infra.rights import Rights, lacking, lists_beyond, previewing, publishing, reaches, too_much
from deploys.doctor.infra.trust import Expected, faults, trusts
from deploys.doctor.infra.walk import Walk
from deploys.doctor.model import Finding, Look, NothingThere, Thing

PROVIDER = Thing("roles.provider", "GitLab as a provider of identities")
_KEYS = {"pipeline": ("AwsRoleArn", "role"), "preview": ("AwsPreviewRoleArn", "preview_role")}
_WORDS = {"pipeline": "The pipeline's role", "preview": "The role that writes previews"}


class Roles:
    """The provider and both roles of one tier."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk

    def looks(self) -> tuple[Look, ...]:
        """In the order in which they hang on each other."""
        found = [Look(thing=PROVIDER, run=self._provider)]
        for key in ("pipeline", "preview"):
            role = Role(self, key)
            found += [
                Look(thing=role.there, run=role.look_there),
                Look(thing=role.trust, run=role.look_trust),
                Look(thing=role.rights, run=role.look_rights),
            ]
        return tuple(found)

    @cached_property
    def gitlab(self) -> str:
        """GitLab's address, without a slash at the end."""
        return self.walk.asked.gitlab.rstrip("/")

    @cached_property
    def provider_arn(self) -> str:
        """The provider's address; "" when there is none."""
        found = provider_of(self.walk.aws, self.gitlab.partition("://")[2])
        return found[0] if found else ""

    @cached_property
    def trusting(self) -> tuple[Identity, ...]:
        """All roles of the account that pipelines of this GitLab may take; looked for where no stack names them."""
        host = self.gitlab.partition("://")[2]
        rows = self.walk.aws.all("iam", "list_roles", "Roles[]")
        fitting = [row for row in rows if trusts(read(row["AssumeRolePolicyDocument"]), host)]
        return tuple(Identity(self.walk.aws, "role", row["RoleName"]) for row in fitting)

    def _provider(self) -> Iterator[Finding]:
        host = self.gitlab.partition("://")[2]
        found = provider_of(self.walk.aws, host)
        if found is None:
            yield PROVIDER.missing(
                f"The account knows no {host}: no pipeline can take a role.",
                "The first tier's stack makes it. If that one is there, it was deleted by hand: put it back.",
                self.walk.mended(),
            )
            return
        audiences = found[1].get("ClientIDList", [])
        if self.gitlab in audiences:
            yield PROVIDER.ok(f"The account knows {host}, for the audience {self.gitlab}.")
            return
        yield PROVIDER.wrong(
            f"The provider {host} takes the audience {', '.join(audiences) or 'of nobody'}, not {self.gitlab}.",
            "Add it.",
            f"aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn {found[0]} "
            f"--client-id {self.gitlab}",
        )


class Role:
    """One of the two."""

    def __init__(self, roles: Roles, key: str) -> None:
        self.roles, self.walk, self.key = roles, roles.walk, key
        self.output, self.option = _KEYS[key]
        self.there = Thing(f"roles.{key}", _WORDS[key])
        self.trust = Thing(f"roles.{key}.trust", "Who may take it")
        self.rights = Thing(f"roles.{key}.rights", "What it may do")

    @cached_property
    def identity(self) -> Identity | None:
        """The role: as asked, as the stack says, else the one whose rights look like it."""
        walk = self.walk
        name = getattr(walk.asked, self.option) or walk.output(self.output).rpartition("/")[2]
        return Identity(walk.aws, "role", name) if name else self._found_out()

    def _found_out(self) -> Identity | None:
        if not self.walk.bucket:
            raise NothingThere("the name of the bucket is not known")
        bucket = self.walk.bucket_arn(self.walk.bucket)
        for one in self.roles.trusting:
            written = [
                resource
                for action, resource, _ in grants(one.statements)
                if action.lower() in ("s3:putobject", "s3:*", "*") and reaches(resource, bucket)
            ]
            is_for_previews = bool(written) and all(resource.startswith(f"{bucket}/previews/") for resource in written)
            if written and is_for_previews == (self.key == "preview"):
                return one
        return None

    def _need(self) -> Identity:
        try:
            if self.identity and self.identity.facts:
                return self.identity
        except NotThere:
            pass
        raise NothingThere("there is no such role")

    def look_there(self) -> Iterator[Finding]:
        """Whether there is one."""
        try:
            yield self.there.ok(f"{self._need().name} is there.")
        except NothingThere:
            named = self.identity.name if self.identity else ""
            yield self.there.missing(
                f"There is no role {named}." if named else "No role of the account looks like it.",
                f"The stack of the site makes it; or name it with --{self.option.replace('_', '-')}.",
                self.walk.deployed() if not named else self.walk.mended(),
                is_needed=self.key == "pipeline" or bool(named),
            )

    def look_trust(self) -> Iterator[Finding]:
        """One branch of one project, by equality."""
        role, expected = self._need(), self._expected()
        found = list(faults(role.trust, expected))
        shown = f"aws iam get-role --role-name {role.name} --query Role.AssumeRolePolicyDocument"
        if found:
            yield self.trust.wrong(
                f"It {'; it '.join(found)}.",
                f"It has to trust {expected.subject} alone. If the stack was given another, deploy it with the right "
                "GitLabProject and GitLabBranch; if the role was changed by hand, put it back.",
                f"{shown}\n{self.walk.mended()}",
            )
            return
        subject = next(value for one in role.trust for value in one.wants("StringEquals", f"{expected.host}:sub"))
        yield self.trust.ok(f"{subject} alone. Protect that branch in GitLab: it is the key.")

    def look_rights(self) -> Iterator[Finding]:
        """What it needs, to the letter."""
        role, bucket = self._need(), self.walk.bucket_arn(self.walk.need_bucket(self.walk.bucket))
        rights = self._rights(bucket)
        short, over = lacking(role.statements, rights), too_much(role.statements, rights)
        if self.key == "preview" and lists_beyond(role.statements, bucket, "previews/"):
            over.append(f"s3:ListBucket on all of {bucket}")
        if over:
            yield self.rights.wrong(
                f"It may do more than it needs: {', '.join(over)}.",
                "Take that out of its policies, its own and attached ones; what it needs is in infra/README.md.",
                f"aws iam list-role-policies --role-name {role.name}\n"
                f"aws iam list-attached-role-policies --role-name {role.name}",
            )
        if short:
            yield self.rights.missing(
                f"It may not do what it needs: {', '.join(short)}.",
                "Put the policy of the stack back.",
                self.walk.mended(),
            )
        if not over and not short:
            yield self.rights.ok("Exactly what it needs.")

    def _rights(self, bucket: str) -> Rights:
        if self.key == "preview":
            return previewing(bucket)
        promoted = self.walk.parameter("PromoteFromBucket")
        distribution = self.walk.distribution_arn if self.walk.distribution_id else ""
        return publishing(bucket, distribution, self.walk.bucket_arn(promoted) if promoted else "")

    def _expected(self) -> Expected:
        asked, walk = self.walk.asked, self.walk
        branch = asked.branch or walk.parameter("GitLabBranch")
        if self.key == "preview":
            branch = asked.preview_branch or walk.parameter("GitLabPreviewBranch") or branch
        return Expected(
            gitlab=self.roles.gitlab,
            provider=self.roles.provider_arn,
            project=asked.project or walk.parameter("GitLabProject"),
            branch=branch,
        )
