"""All presets, and the settings of a source that is based on one."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from deploys.content.sources.config import HttpJsonConfig
from deploys.content.sources.config_data import config_from, validated
from deploys.content.sources.errors import ErrorClass, SourceRefused
from deploys.content.sources.presets.craft import CRAFT
from deploys.content.sources.presets.feeds import JSONFEED
from deploys.content.sources.presets.headless import CONTENTFUL, DIRECTUS, STRAPI5
from deploys.content.sources.presets.settings import Answers, Preset, wrong
from deploys.content.sources.presets.wagtail import WAGTAIL_V2, WAGTAIL_V3
from deploys.content.sources.presets.wordpress import WORDPRESS
from deploys.content.sources.types import JSON

PRESETS: Mapping[str, Preset] = {
    one.name: one for one in (CRAFT, WORDPRESS, WAGTAIL_V2, WAGTAIL_V3, STRAPI5, DIRECTUS, CONTENTFUL, JSONFEED)
}
OVERRIDE = "override"


def preset_called(name: str) -> Preset:
    """Give a preset. Raises SourceRefused when there is none of this name."""
    if name not in PRESETS:
        raise SourceRefused(
            f"There is no preset “{name[:60]}”: use one of {', '.join(PRESETS)}.", error_class=ErrorClass.CONFIG_WRONG
        )
    return PRESETS[name]


def config_of(name: str, given: Mapping[str, JSON], secrets: Collection[str]) -> HttpJsonConfig:
    """Make settings from the answers to a preset's questions. Raises SourceRefused naming what cannot work.

    given: the answers; under “override”, settings of an HttpJsonConfig that replace those of the preset (a mapping's
    names and headers one by one). secrets: names of those that are set.
    """
    preset = preset_called(name)
    answers = {setting: value for setting, value in given.items() if setting != OVERRIDE}
    config = validated(preset.build(Answers(preset.settings, answers, secrets)))
    override = given.get(OVERRIDE)
    if override is None:
        return config
    if not isinstance(override, dict):
        raise wrong(OVERRIDE, "it is an object of settings")
    return config_from(_merged(config.as_data(), override))


def _merged(data: dict[str, JSON], override: Mapping[str, JSON]) -> dict[str, JSON]:
    merged = {**data}
    for name, value in override.items():
        both_objects = isinstance(value, dict) and isinstance(data.get(name), dict)
        merged[name] = {**data[name], **value} if both_objects else value
    return merged
