"""The errors that a person is meant to read."""

from pipeline.passwords import masked


class FirmamentError(Exception):
    """One clear sentence that says what is wrong, where, and what to do.

    The command line prints it without a traceback and ends with ``exit_status``.
    """

    exit_status = 2

    def __init__(self, sentence: str = "") -> None:
        # Sentences name addresses, of tracking stores for one, which may hold a password.
        super().__init__(masked(sentence))

    def _render_traceback_(self) -> list[str]:
        """Tell a notebook the sentence alone."""
        return [f"{type(self).__name__}: {self}"]


class InputError(FirmamentError):
    """The prices, the firms' table or a request does not make sense."""


class UnknownFirmError(InputError):
    """A firm is asked about that is not there."""


class AbsentError(InputError):
    """There is no run to ask, or it did not make what is asked for."""


class ConfigError(FirmamentError):
    """The configuration names something unknown or out of bounds."""


class UsageError(FirmamentError):
    """The command line names something that there is not, or lacks something."""


class PlanError(FirmamentError):
    """A plan of stages does not fit together."""


class SourceError(FirmamentError):
    """A source of prices could not be reached or gave too little."""


class EngineError(FirmamentError):
    """The processes or the cluster that train could not be reached, died or are not fit for it."""


class StoreError(FirmamentError):
    """A place to write is full, read-only or not what it should be."""


class SchemaError(StoreError):
    """The tracking store's database was made by another version of MLflow."""


class ServiceError(FirmamentError):
    """A service that was started, such as MLflow's UI, does not come up or has ended."""


class HealthError(FirmamentError):
    """A check of the environment, the store or the tracking store has found faults."""
