"""Where the files that travel with the suite lie: configuration and JARs."""

from pathlib import Path

from crosschannel.errors import UsageError

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent.parent


def shipped_conf(name: str) -> Path:
    """Return the folder or file ``name`` of the shipped configuration.

    An installed wheel carries it as ``crosschannel/conf``; a checkout has it at its root.
    """
    for root in (_PACKAGE / "conf", _CHECKOUT / "conf"):
        if (root / name).exists():
            return root / name
    raise UsageError(f"the shipped configuration has no {name!r}; give the project's folder with --conf DIR")


def checkout() -> Path | None:
    """Return the checkout the package runs from; ``None`` for an installed package."""
    return _CHECKOUT if (_CHECKOUT / "pyproject.toml").is_file() else None


def checkout_or_here() -> Path:
    """Return the checkout the package runs from, or the working folder of an installed package."""
    return checkout() or Path.cwd()
