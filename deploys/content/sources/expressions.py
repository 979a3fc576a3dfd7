"""JMESPath expressions of the settings: compiled once, and errors in words."""

from __future__ import annotations

from functools import lru_cache

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from deploys.content.sources.errors import ErrorClass, SourceRefused
from deploys.content.sources.types import JSON

LONGEST_EXPRESSION = 2000


@lru_cache(maxsize=512)
def compiled(expression: str, name: str) -> ParsedResult:
    """Give the compiled expression. Raises SourceRefused when it is no JMESPath; name: the setting it is in."""
    if len(expression) > LONGEST_EXPRESSION:
        raise _wrong(expression, name, "it is too long")
    try:
        return jmespath.compile(expression)
    except JMESPathError as error:
        raise _wrong(expression, name, " ".join(str(error).split())[:200]) from error
    except RecursionError as error:
        raise _wrong(expression, name, "it is nested too deeply") from error


def search(expression: str, name: str, data: JSON) -> JSON:
    """Give what the expression finds in data, None when there is nothing or a function meets a wrong type.

    Raises SourceRefused for what is no JMESPath.
    """
    try:
        return compiled(expression, name).search(data)
    except JMESPathError as error:
        if "Unknown function" in str(error):
            raise _wrong(expression, name, str(error)[:200]) from error
        return None
    except (TypeError, ValueError, AttributeError, RecursionError):
        return None


def _wrong(expression: str, name: str, why: str) -> SourceRefused:
    return SourceRefused(
        f"The expression for “{name}” is no JMESPath ({why}): correct “{expression[:80]}”.",
        error_class=ErrorClass.CONFIG_WRONG,
    )
