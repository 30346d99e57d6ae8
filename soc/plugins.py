"""Plug-ins are modules found by their file name.

A family is a package; each public module in it is a plug-in, a leading underscore means
helper. Nothing is registered: a new file is a new plug-in.
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from soc.errors import ConfigError, ToolError

if TYPE_CHECKING:
    from types import ModuleType


def names(family: str) -> list[str]:
    """Names of a family's plug-ins, sorted; none of them is imported.

    Args:
        family: dotted package, such as ``collectors`` or ``playbooks.blocklists``.
    """
    spec = find_spec(family)
    if spec is None or spec.submodule_search_locations is None:
        return []
    found = iter_modules(spec.submodule_search_locations)
    return sorted(m.name for m in found if not m.name.startswith("_") and not m.ispkg)


def load(family: str, name: str) -> ModuleType:
    """The module of one plug-in; importing it here is what makes heavy libraries lazy.

    Raises:
        ConfigError: no such plug-in, or a library that it needs is not installed.
        ToolError: a system library that it needs is not installed.
    """
    known = names(family)
    if name not in known:
        raise ConfigError(f"{family}: {name!r} is not one of {', '.join(known) or 'none'}")
    try:
        return importlib.import_module(f"{family}.{name}")
    except ModuleNotFoundError as error:
        raise ConfigError(f"{family}.{name}: needs {error.name!r}; install it") from error
    except OSError as error:  # a Python library that does not find its system library
        why = str(error).partition(":")[0]
        raise ToolError(f"{family}.{name}: {why}; soc doctor names the package") from error
