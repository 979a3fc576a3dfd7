"""What stops `manage.py up` with a sentence instead of a traceback."""


class UpError(Exception):
    """The start or the run cannot go on; the message is written for the person at the keyboard."""

    exit_code = 1


class Refused(UpError):
    """Nothing was started: a setting, a taken port or a running `up` stands in the way."""

    exit_code = 2
