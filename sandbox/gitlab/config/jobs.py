"""One job's hash, already merged, to a JobConfig."""

from typing import Any

from sandbox.gitlab import expressions
from sandbox.gitlab.config import keywords, values
from sandbox.gitlab.config.caches import caches, check_id_tokens
from sandbox.gitlab.config.errors import ConfigError
from sandbox.gitlab.config.model import DEFAULT_TIMEOUT_SECONDS, Artifacts, JobConfig, Need, Rule
from sandbox.gitlab.config.yaml_text import flattened

MAX_RETRIES = 2
ARTIFACTS_WHEN = ("on_success", "on_failure", "always")


def job(name: str, written: dict[Any, Any]) -> JobConfig:
    """The typed job. Raises ConfigError, worded as GitLab does."""
    place = f"jobs:{name}"
    _check_keywords(place, written)
    check_id_tokens(place, written.get("id_tokens"))
    allow_failure, exit_codes = _allow_failure(place, written.get("allow_failure"))
    retries, retry_when = _retry(place, written.get("retry"))
    timeout = written.get("timeout")
    group = written.get("resource_group")
    needs, dependencies = written.get("needs"), written.get("dependencies")
    return JobConfig(
        name=name,
        stage=values.text(f"{place} stage", written.get("stage", "test")),
        script=_script(place, written),
        before_script=values.commands(f"{place}:before_script", written.get("before_script")),
        after_script=values.commands(f"{place}:after_script", written.get("after_script")),
        variables=values.variables(f"{place}:variables", written.get("variables")),
        inherited=_inherited_variables(written),
        rules=rules(f"{place}:rules", written["rules"], keywords.RULE) if "rules" in written else None,
        when=values.one_of(f"{place} when", written.get("when", "on_success"), keywords.WHEN),
        when_is_written="when" in written,
        start_in=_start_in(place, written),
        allow_failure=allow_failure,
        allowed_exit_codes=exit_codes,
        needs=None if needs is None else _needs(place, needs),
        dependencies=None if dependencies is None else values.strings(f"{place}:dependencies", dependencies),
        resource_group=None if group is None else values.text(f"{place} resource group", group),
        interruptible=values.boolean(f"{place} interruptible", written.get("interruptible", False)),
        artifacts=_artifacts(place, written.get("artifacts")),
        caches=caches(place, written.get("cache")),
        retries=retries,
        retry_when=retry_when,
        timeout=DEFAULT_TIMEOUT_SECONDS if timeout is None else values.duration(f"{place} timeout", timeout),
        environment=_environment(place, written.get("environment")),
        tags=values.strings(f"{place}:tags", written.get("tags")),
    )


def _check_keywords(place: str, written: dict[Any, Any]) -> None:
    for keyword in keywords.JOB_REFUSED:
        if keyword in written:
            raise ConfigError(f"{place} {keyword} is not supported by this sandbox")
    values.check_keys(place, written, keywords.JOB)


def _script(place: str, written: dict[Any, Any]) -> tuple[str, ...]:
    script = values.commands(f"{place}:script", written.get("script"))
    if not script:
        raise ConfigError(f"{place} config should implement the script:, run:, or trigger: keyword")
    return script


def _inherited_variables(written: dict[Any, Any]) -> tuple[str, ...] | None:
    """Names of the global variables that the job takes; None means all."""
    wanted = (written.get("inherit") or {}).get("variables", True)
    if isinstance(wanted, list):
        return tuple(str(name) for name in wanted)
    return None if wanted else ()


def _start_in(place: str, written: dict[Any, Any]) -> float | None:
    if "start_in" in written:
        return values.duration(f"{place} start in", written["start_in"])
    if written.get("when") == "delayed":
        raise ConfigError(f"{place} start in should be a duration")
    return None


def _allow_failure(place: str, written: Any) -> tuple[bool | None, tuple[int, ...]]:
    if isinstance(written, dict):
        values.check_keys(f"{place}:allow_failure", written, {"exit_codes"})
        return False, tuple(int(code) for code in flattened(written.get("exit_codes", [])))
    if written is None:
        return None, ()
    return values.boolean(f"{place} allow failure", written), ()


def _retry(place: str, written: Any) -> tuple[int, tuple[str, ...]]:
    when: tuple[str, ...] = ("always",)
    if isinstance(written, dict):
        values.check_keys(f"{place}:retry", written, {"max", "when", "exit_codes"})
        when = values.strings(f"{place}:retry when", written.get("when", "always"))
        written = written.get("max", 0)
    retries = 0 if written is None else written
    if not isinstance(retries, int) or not 0 <= retries <= MAX_RETRIES:
        raise ConfigError(f"{place}:retry config must be less than or equal to {MAX_RETRIES}")
    return retries, when


def _needs(place: str, written: Any) -> tuple[Need, ...]:
    if not isinstance(written, list):
        raise ConfigError(f"{place}:needs config should be an array of strings or hashes")
    found = []
    for one in flattened(written):
        if isinstance(one, str):
            found.append(Need(job=one))
            continue
        one = values.mapping(f"{place}:needs:need", one)
        values.check_keys(f"{place}:needs:need", one, {"job", "artifacts", "optional"})
        job_name = values.text(f"{place}:needs:need job", one.get("job"))
        found.append(
            Need(
                job=job_name,
                artifacts=one.get("artifacts", True) is not False,
                optional=one.get("optional") is True,
            )
        )
    return tuple(found)


def _artifacts(place: str, written: Any) -> Artifacts | None:
    if written is None:
        return None
    place = f"{place}:artifacts"
    one = values.mapping(place, written)
    values.check_keys(place, one, keywords.ARTIFACTS)
    expire_in = one.get("expire_in")
    keeps = expire_in is None or str(expire_in).strip().lower() == "never"
    return Artifacts(
        paths=values.strings(f"{place}:paths", one.get("paths")),
        exclude=values.strings(f"{place}:exclude", one.get("exclude")),
        when=values.one_of(f"{place} when", one.get("when", "on_success"), ARTIFACTS_WHEN),
        expire_in=None if keeps else values.duration(f"{place} expire in", expire_in),
        name=str(one.get("name", "artifacts")),
    )


def _environment(place: str, written: Any) -> dict[str, Any] | None:
    if written is None:
        return None
    one = {"name": written} if isinstance(written, str) else values.mapping(f"{place}:environment", written)
    if not one.get("name"):
        raise ConfigError(f"{place}:environment name can't be blank")
    return {"name": str(one["name"]), "action": str(one.get("action", "start")), "tier": _tier(one)}


def _tier(environment: dict[Any, Any]) -> str:
    """The deployment tier: written, or guessed from the name as GitLab does (docs, environments)."""
    if environment.get("deployment_tier"):
        return str(environment["deployment_tier"])
    name = str(environment["name"]).lower()
    for tier, marks in {
        "development": ("dev", "review", "trunk"),
        "testing": ("test", "tst", "int", "ac", "qa"),
        "staging": ("st", "mod", "demo"),
        "production": ("prod", "live"),
    }.items():
        if any(mark in name for mark in marks):
            return tier
    return "other"


def rules(place: str, written: Any, known: set[str]) -> tuple[Rule, ...]:
    """A list of rules. Raises ConfigError for an unknown keyword or an expression that does not parse."""
    if not isinstance(written, list):
        raise ConfigError(f"{place} config should be a nested array of hashes up to 10 levels deep")
    return tuple(_rule(f"{place}:rule", one, known) for one in flattened(written))


def _rule(place: str, written: Any, known: set[str]) -> Rule:
    if not isinstance(written, dict):
        raise ConfigError(f"{place} config should be a hash")
    values.check_keys(place, written, known)
    condition = written.get("if")
    if condition is not None:
        try:
            expressions.parse(str(condition))
        except expressions.ExpressionError as error:
            raise ConfigError(f"{place} if invalid expression syntax") from error
    exists = written.get("exists")
    paths = exists.get("paths") if isinstance(exists, dict) else exists
    when, start_in, allowed = written.get("when"), written.get("start_in"), written.get("allow_failure")
    interruptible, needs = written.get("interruptible"), written.get("needs")
    auto_cancel = (written.get("auto_cancel") or {}).get("on_new_commit")
    return Rule(
        condition=None if condition is None else str(condition),
        exists=values.strings(f"{place}:exists", paths),
        when=None if when is None else values.one_of(f"{place} when", when, keywords.RULE_WHEN),
        start_in=None if start_in is None else values.duration(f"{place} start in", start_in),
        allow_failure=None if allowed is None else values.boolean(f"{place} allow failure", allowed),
        variables=values.variables(f"{place}:variables", written.get("variables")),
        needs=None if needs is None else _needs(place, needs),
        interruptible=None if interruptible is None else values.boolean(f"{place} interruptible", interruptible),
        auto_cancel=auto_cancel,
    )
