"""Every error the suite raises on purpose, each with the exit code a caller may rely on.

::

    CrosschannelError              1  a defect of ours
    ├── UsageError                 2  wrong arguments or configuration
    ├── QualityError              10  data or model broke a gate
    │   └── ContractError         10  a frame does not fit the table it is written to
    ├── InputError                11  raw input cannot be read
    ├── LockedError               12  another run holds the lake
    ├── ConflictError             13  somebody else wrote to the same tables, again and again
    ├── StorageError              14  disk full, no permission, damaged table
    ├── PreflightError            15  Java, Spark, Delta or Python is not as tested
    └── ResourceError             75  memory ran out, or Spark or MLflow went away: try again

A message says what is wrong, where, and what to type next. It never holds a customer's data.
"""


class CrosschannelError(Exception):
    """Root of the tree; ``exit_code`` is what the command line returns."""

    exit_code = 1


class UsageError(CrosschannelError):
    """Arguments or configuration that cannot be right."""

    exit_code = 2


class QualityError(CrosschannelError):
    """A count, a check or a model gate failed; nothing was published."""

    exit_code = 10


class ContractError(QualityError):
    """A frame that does not fit the contract of its table."""


class InputError(CrosschannelError):
    """Raw input that is missing or unreadable."""

    exit_code = 11


class LockedError(CrosschannelError):
    """Another run is writing to this lake."""

    exit_code = 12


class ConflictError(CrosschannelError):
    """Other writers changed the same tables during every try."""

    exit_code = 13


class StorageError(CrosschannelError):
    """The lake's storage refused a read or a write."""

    exit_code = 14


class PreflightError(CrosschannelError):
    """The machine is not one the suite was tested on."""

    exit_code = 15


class ResourceError(CrosschannelError):
    """Memory ran out, or Spark's process or MLflow's store did not answer; `crosschannel resume` goes on."""

    exit_code = 75
