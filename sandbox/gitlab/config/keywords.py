"""Which keywords GitLab knows, and which of them this sandbox refuses because it cannot do them."""

ROOT = {
    "default", "image", "services", "before_script", "after_script", "variables", "stages", "types", "cache",
    "workflow", "include", "spec",
}  # fmt: skip
# Jobs may take these from `default` (and, deprecated, from the top level).
DEFAULT = {
    "after_script", "artifacts", "before_script", "cache", "hooks", "id_tokens", "identity", "image",
    "interruptible", "retry", "services", "tags", "timeout",
}  # fmt: skip
ROOT_DEFAULT = {"image", "services", "before_script", "after_script", "cache"}
JOB = DEFAULT | {
    "allow_failure", "coverage", "dast_configuration", "dependencies", "environment", "extends", "inherit",
    "manual_confirmation", "needs", "pages", "release", "resource_group", "rules", "script", "secrets", "stage",
    "start_in", "variables", "when",
}  # fmt: skip
JOB_REFUSED = {"trigger", "parallel", "only", "except", "run", "release", "secrets"}
RULE = {"if", "changes", "exists", "when", "start_in", "allow_failure", "variables", "needs", "interruptible"}
WORKFLOW = {"name", "rules", "auto_cancel"}
WORKFLOW_RULE = {"if", "changes", "exists", "when", "variables", "auto_cancel"}
ARTIFACTS = {
    "access", "exclude", "expire_in", "expose_as", "name", "paths", "public", "reports", "untracked", "when",
}  # fmt: skip
WHEN = ("on_success", "on_failure", "always", "manual", "delayed")
RULE_WHEN = (*WHEN, "never")
AUTO_CANCEL = ("conservative", "interruptible", "none")
