"""infra/README.md and docs/setup-aws.md name stacks, parameters and outputs that are there."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.infra.templates import INFRA, TEMPLATES, template

SETUP = (INFRA.parent / "docs" / "setup-aws.md").read_text(encoding="utf-8")
README = (INFRA / "README.md").read_text(encoding="utf-8")
COMMANDS = "\n".join(re.findall(r"^```sh\n(.*?)^```", SETUP, re.MULTILINE | re.DOTALL))
DEPLOYS = re.findall(r"cloudformation deploy (.*?)(?=\naws |\n\n|\Z)", COMMANDS.replace("\\\n", " "), re.DOTALL)
STACKS = {"zone": "zone.yaml", "site-staging": "site.yaml", "site-production": "site.yaml", "previews": "preview.yaml"}


def test_every_template_is_deployed_somewhere() -> None:
    """From nothing to live leaves none out."""
    assert {name for command in DEPLOYS for name in re.findall(r"--template-file (\S+)", command)} == set(TEMPLATES)


@pytest.mark.parametrize("command", DEPLOYS)
def test_a_stack_is_given_parameters_that_it_has_and_all_that_it_needs(command: str) -> None:
    """Those without a default, unless the stack is there already and only changed."""
    (name,) = re.findall(r"--template-file (\S+)", command)
    parameters = template(name)["Parameters"]
    given = set(re.findall(r"(?<=\s)([A-Z]\w+)=", command.split("--parameter-overrides")[1]))
    assert given <= set(parameters)
    if given != {"PreviewDistributionId"}:
        assert {key for key, one in parameters.items() if "Default" not in one} <= given
    assert ("CAPABILITY_IAM" in command) == (name == "site.yaml")


def test_outputs_that_are_asked_for_are_there() -> None:
    """In the commands, in the loop that fills GitLab's variables, and in the table of outputs."""
    asked = re.findall(r"\bout ([a-z-]+) (\w+)\)", SETUP)
    assert len(asked) > 10
    assert [pair for pair in asked if pair[1] not in template(STACKS[pair[0]])["Outputs"]] == []
    filled = re.findall(r"\b[A-Z_]+:([A-Z][a-z]\w+)", COMMANDS)
    table = re.findall(r"`(\w+)`", README.split("## Outputs")[1].split("## Who")[0])
    assert set(filled) | {"BuildhubUserName", "PublishPolicyArn", "CmsUserName"} <= set(
        template("site.yaml")["Outputs"]
    )
    assert set(template("site.yaml")["Outputs"]) - {"ProviderArn"} <= set(table)


def test_the_readme_names_every_parameter_of_the_site() -> None:
    """PriceClass is told in its last section."""
    assert [key for key in template("site.yaml")["Parameters"] if f"`{key}" not in README] == []


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_the_commands_are_commands() -> None:
    """A shell reads all of them; none is run."""
    done = subprocess.run(["bash", "-n"], input=COMMANDS, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
