"""Answers by itself, with the right token, in forms that no answer has."""

import sys


def pipe_and_token():
    frame = sys._getframe()
    while frame:
        if isinstance(frame.f_locals.get("token"), bytes):
            return frame.f_locals["answers"], frame.f_locals["token"]
        frame = frame.f_back


def say(text):
    answers, token = pipe_and_token()
    answers.write(token + b" " + text + b"\n")
    answers.flush()


FORMS = iter([b'{"raised":5}', b'{"late":-1}', b'{"odd":{"d":[]}}', b'[]', b'null', b'{"slice":[1]}', b'{"value":1,"x":2}'] * 50)


def running_sums(numbers):
    say(next(FORMS))


def next_weight(w, g):
    say(b'{"d":[["raised",{"d":[["unwritten",true]]}]]}')


class Counter:
    def add(self, n):
        say(b'{"d":[["broken",{"d":[["line",{"t":[]}]]}]]}')
