"""What all tests stand on."""

import signal

# Whoever starts the tests in the background may have told them to ignore these signals, and what
# is ignored stays so in every process below. Tests of interruptions need them at their defaults.
for _name, _handler in (
    ("SIGINT", signal.default_int_handler),
    ("SIGTERM", signal.SIG_DFL),
    ("SIGHUP", signal.SIG_DFL),
):
    if hasattr(signal, _name):
        signal.signal(getattr(signal, _name), _handler)
