"""What a bad `.gitlab-ci.yml` raises."""


class ConfigError(ValueError):
    """GitLab would refuse the file; the text is what it puts into `yaml_errors`."""
