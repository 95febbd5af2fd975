"""Settings as YAML text; the other way of :mod:`crosschannel.settings.load`."""

from __future__ import annotations

from typing import Any

import yaml


def yaml_text(content: Any) -> str:
    """Write plain data as YAML, keys in their order, without aliases."""
    return yaml.dump(content, Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=140)


class _PlainDumper(yaml.SafeDumper):
    """PyYAML's safe dumper without aliases, which the loader refuses."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the base class hands it over
        return True
