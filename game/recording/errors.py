"""What can go wrong with a recording, in one line that may be shown as it is."""


class RecordingError(ValueError):
    """A picture or video cannot be written. The message says which, why, and what to do if that is known."""


def reason(error: Exception) -> str:
    """Why the system refused, without error number and file name, such as ``No space left on device``."""
    return str(getattr(error, "strerror", None) or error or type(error).__name__).splitlines()[0]
