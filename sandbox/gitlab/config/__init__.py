"""Reading `.gitlab-ci.yml`: the text in, checked and typed jobs out (GitLab docs, CI/CD YAML syntax reference)."""

from sandbox.gitlab.config.errors import ConfigError
from sandbox.gitlab.config.model import CiConfig, JobConfig, Rule
from sandbox.gitlab.config.reading import read_config

__all__ = ["CiConfig", "ConfigError", "JobConfig", "Rule", "read_config"]
