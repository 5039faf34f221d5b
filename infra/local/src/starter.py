"""Starts MiniStack so that nothing of it outlives the program that asked for it.

Our standard input is a socket whose other end the parent keeps open, and never writes to. However the parent ends (Ctrl-C,
panic, SIGKILL), it closes: the emulator then saves its state and stops, the parent is told `saved` or what could not be, and
our process group, which holds the function processes, is killed. Arguments: the folder for temporary files, removed in the end.
"""

import contextlib
import fcntl
import logging
import os
import shutil
import signal
import socketserver
import sys
import threading
import time

STOP_SECONDS = 20


class Complaints(logging.Handler):
    """What the emulator says when state cannot be read or written; it goes on without a word to others."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.said = []
        logging.getLogger("persistence").addHandler(self)

    def emit(self, record):
        self.said.append(record.getMessage())

    def tell_parent(self):
        with contextlib.suppress(OSError):
            os.write(0, ("; ".join(self.said)[:900] or "saved").encode())


def end(scratch):
    shutil.rmtree(scratch, ignore_errors=True)
    os.killpg(os.getpgid(0), signal.SIGKILL)


def lock_state():
    """Two emulators that share their state would each overwrite what the other saved."""
    folder = os.environ.get("STATE_DIR")
    if folder is None:
        return None
    os.makedirs(folder, exist_ok=True)
    lock = open(os.path.join(folder, "lock"), "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"another local stack uses {os.path.dirname(folder)}")
    return lock


def stop_when_parent_ends(scratch):
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    end(scratch)


def tune(lambda_runtime):
    # The Runtime API server answers in two small writes, which Nagle's algorithm holds back for 40 ms.
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True
    # After each invocation the emulator waits 50 ms for a first log line. Lines that come later are still kept.
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.002, 0.001, 0.05)


def copy_function_output(lambda_runtime):
    """Functions' output goes to our own as well, each line with the function's name before it."""
    worker = lambda_runtime.ProvidedWorker
    pump = worker._pump_output

    class Copied:
        def __init__(self, stream, name):
            self.stream, self.name, self.close = stream, name.encode(), stream.close

        def readline(self):
            line = self.stream.readline()
            if line:
                sys.stdout.buffer.write(self.name + b" " + line.rstrip(b"\n") + b"\n")
                sys.stdout.buffer.flush()
            return line

    worker._pump_output = lambda self, stream, lines: pump(self, Copied(stream, self.func_name), lines)


def main():
    scratch = sys.argv.pop(1)
    threading.Thread(target=stop_when_parent_ends, args=(scratch,), daemon=True).start()
    try:
        lock = lock_state()  # noqa: F841, held until this process ends
        from ministack import app
        from ministack.core import lambda_runtime

        tune(lambda_runtime)
        copy_function_output(lambda_runtime)
        complaints = Complaints()
        app.main()
        complaints.tell_parent()
    except SystemExit as reason:
        print(reason, file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        end(scratch)


main()
