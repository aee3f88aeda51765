# The two ways in which a runner refuses: a call that its caller can mend, and a model that nobody can call.


class InvalidInput(Exception):
    """The caller's fault: answered with 422 and the name of the field."""

    def __init__(self, field, message):
        super().__init__(f"{field}: {message}")
        self.field = field


class ModelFailure(Exception):
    """The model's fault, found at start: the process ends with status 3 and says why."""
