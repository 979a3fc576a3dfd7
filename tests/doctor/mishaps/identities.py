"""GitLab as a provider, roles and users."""

from __future__ import annotations

from tests.doctor.mishaps.making import HOST, Change, Mishap, allow, mishap, trust
from tests.doctor.world import World

AUDIENCE = {f"{HOST}:aud": "https://gitlab.com"}


SUBJECT = {f"{HOST}:sub": "project_path:acme/site:ref_type:branch:ref:main"}


def _preview_role_writes_all(world: World) -> None:
    text = allow("s3:PutObject", on=f"arn:aws:s3:::{world.bucket}/*")
    world.iam.put_role_policy(RoleName=world.preview_role, PolicyName="more", PolicyDocument=text)


def _preview_role_lists_all(world: World) -> None:
    text = allow("s3:ListBucket", on=f"arn:aws:s3:::{world.bucket}")
    world.iam.put_role_policy(RoleName=world.preview_role, PolicyName="more", PolicyDocument=text)


def _cms_in_admins(world: World) -> None:
    world.iam.create_group(GroupName="admins")
    world.iam.put_group_policy(GroupName="admins", PolicyName="all", PolicyDocument=allow("s3:*", on="*"))
    world.iam.add_user_to_group(GroupName="admins", UserName=world.cms_user)


def _policy_detached(user: bool) -> Change:
    def change(world: World) -> None:
        arn = world.site.outputs["PublishPolicyArn"]
        if user:
            world.iam.detach_user_policy(UserName=world.worker, PolicyArn=arn)
        else:
            world.iam.detach_role_policy(RoleName=world.role, PolicyArn=arn)

    return change


def _key_off(world: World) -> None:
    (key,) = world.iam.list_access_keys(UserName=world.worker)["AccessKeyMetadata"]
    world.iam.update_access_key(UserName=world.worker, AccessKeyId=key["AccessKeyId"], Status="Inactive")


IDENTITIES: dict[str, Mishap] = {
    "GitLab is not known": mishap(
        lambda world: world.iam.delete_open_id_connect_provider(
            OpenIDConnectProviderArn=world.site.outputs["ProviderArn"]
        ),
        "roles.provider missing",
        "no pipeline can take a role",
    ),
    "every branch may publish": mishap(
        lambda world: trust(
            world, world.role, StringEquals=AUDIENCE, StringLike={f"{HOST}:sub": "project_path:acme/site:*"}
        ),
        "roles.pipeline.trust wrong",
        "acme/site:*",
        "ref:main",
    ),
    "every project may publish": mishap(
        lambda world: trust(world, world.role, StringEquals=AUDIENCE), "roles.pipeline.trust wrong", "every project"
    ),
    "another branch may publish": mishap(
        lambda world: trust(
            world,
            world.role,
            StringEquals=AUDIENCE | {f"{HOST}:sub": "project_path:acme/site:ref_type:branch:ref:develop"},
        ),
        "roles.pipeline.trust wrong",
        "develop, not main",
        "GitLabBranch",
    ),
    "another project may write previews": mishap(
        lambda world: trust(
            world,
            world.preview_role,
            StringEquals=AUDIENCE | {f"{HOST}:sub": "project_path:fork/site:ref_type:branch:ref:main"},
        ),
        "roles.preview.trust wrong",
        "fork/site, not acme/site",
    ),
    "the audience is not asked for": mishap(
        lambda world: trust(world, world.role, StringEquals=SUBJECT), "roles.pipeline.trust wrong", "no audience"
    ),
    "the pipeline may do everything": mishap(
        lambda world: world.iam.put_role_policy(
            RoleName=world.role, PolicyName="all", PolicyDocument=allow("s3:*", on="*")
        ),
        "roles.pipeline.rights wrong",
        "s3:* on *",
    ),
    "the pipeline may not publish": mishap(
        _policy_detached(user=False), "roles.pipeline.rights missing", "s3:PutObject", "cloudfront:CreateInvalidation"
    ),
    "the preview role writes the site": mishap(
        _preview_role_writes_all, "roles.preview.rights wrong", "s3:PutObject on arn:aws:s3:::site-production-bucket/*"
    ),
    "the preview role lists the site": mishap(
        _preview_role_lists_all, "roles.preview.rights wrong", "s3:ListBucket on all"
    ),
    "the worker may not publish": mishap(_policy_detached(user=True), "users.worker.rights missing", "s3:GetObject"),
    "the worker's key is off": mishap(_key_off, "users.worker.keys missing", "create-access-key"),
    "the CMS writes the site": mishap(
        _cms_in_admins, "users.cms.site wrong", "s3:PutObject", "onto the site", "list-groups-for-user"
    ),
}
