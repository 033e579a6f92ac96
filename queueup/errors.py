"""The errors that the operator must resolve."""


class OperatorError(Exception):
    """Something that the operator must resolve; the message is a sentence or two for them."""

    exit_code = 1


class BadSetting(OperatorError):
    """A setting that is missing or invalid."""

    exit_code = 2
