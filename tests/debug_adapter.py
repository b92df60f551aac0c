"""A client of the Debug Adapter Protocol, as small as a test needs: what an editor says to a debugger."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time


class Editor:
    """Starts a script under debugpy and talks to it; what the script prints goes into the file `printed`.

    Used as `with Editor(script, environment, printed) as editor:`.
    """

    def __init__(self, script, environment, printed, timeout=60):
        # A file, no pipe: the debugger's own process would hold that open.
        self.output = open(printed, "wb")  # noqa: SIM115
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        listen = ["-m", "debugpy", "--listen", f"127.0.0.1:{port}", "--wait-for-client"]
        self.program = subprocess.Popen(
            [sys.executable, "-Xfrozen_modules=off", *listen, str(script)],
            env=environment, stdout=self.output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.socket = connected(port, self.program, timeout)
        self.socket.settimeout(timeout)
        self.stream = self.socket.makefile("rwb")
        self.number = 0
        self.events = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        with contextlib.suppress(OSError):  # it may be gone already
            self.send("disconnect", terminateDebuggee=True)
        self.stream.close()
        self.socket.close()
        self.program.kill()
        self.program.wait()
        self.output.close()

    def send(self, command, **arguments):
        self.number += 1
        body = {"seq": self.number, "type": "request", "command": command, "arguments": arguments}
        data = json.dumps(body).encode()
        self.stream.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self.stream.flush()
        return self.number

    def receive(self):
        length = 0
        while line := self.stream.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the debugger closed the connection"
        message = json.loads(self.stream.read(length))
        if message["type"] == "event":
            self.events.append(message)
        return message

    def ask(self, command, **arguments):
        """Send a request and return the body of its response."""
        number = self.send(command, **arguments)
        while True:
            message = self.receive()
            if message["type"] == "response" and message["request_seq"] == number:
                assert message["success"], message
                return message.get("body") or {}

    def event(self, name):
        """Wait for an event of this name, and take it."""
        while True:
            for event in self.events:
                if event["event"] == name:
                    self.events.remove(event)
                    return event.get("body") or {}
            self.receive()

    def start(self, file, lines):
        """Attach, set breakpoints on these lines of the file, run, and return the thread that stopped."""
        self.ask("initialize", adapterID="python", clientID="test", pathFormat="path", linesStartAt1=True)
        attached = self.send("attach", justMyCode=False)
        self.event("initialized")
        breakpoints = [{"line": line} for line in lines]
        self.ask("setBreakpoints", source={"path": str(file)}, breakpoints=breakpoints)
        self.ask("configurationDone")
        assert attached
        return self.stopped()

    def stopped(self):
        """The thread that has stopped."""
        return self.event("stopped")["threadId"]

    def go(self, command, thread):
        """next, stepIn or continue; returns once the program has stopped again."""
        self.ask(command, threadId=thread)
        return self.stopped()

    def stack(self, thread):
        """[(function, file, line, id)], innermost first."""
        frames = self.ask("stackTrace", threadId=thread)["stackFrames"]
        return [(frame["name"], frame["source"]["path"], frame["line"], frame["id"]) for frame in frames]

    def variables(self, frame):
        """{name: what the variables pane says} of a frame, each opened once, as by a click."""
        found = {}
        for scope in self.ask("scopes", frameId=frame)["scopes"]:
            if scope["name"] == "Locals":
                for one in self.ask("variables", variablesReference=scope["variablesReference"])["variables"]:
                    inside = []
                    if one["variablesReference"]:
                        inside = self.ask("variables", variablesReference=one["variablesReference"])["variables"]
                    found[one["name"]] = one["value"], {part["name"]: part["value"] for part in inside}
        return found


def connected(port, program, timeout):
    """A connection to the debugger, as soon as it listens."""
    end = time.monotonic() + timeout
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout)
        except ConnectionRefusedError:
            if program.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the debugger does not listen") from None
            time.sleep(0.05)
