"""Samples per second of what a contest entry does with each frame in every epoch before it augments it, in one thread: decode the whole picture, cut the
box around the hands, resize it. Task: frames (a file), size, roundSeconds. Needs cv2, numpy."""

import json

import cv2
import numpy

import rounds

task = rounds.task()
cv2.setNumThreads(1)
with open(task["frames"]) as file:
    frames = json.load(file)
size = (task["size"], task["size"])
position = 0


def one():
    """The next frame's crop, RGB."""
    global position
    frame = frames[position % len(frames)]
    position += 1
    x0, y0, x1, y1 = frame["box"]
    return cv2.resize(cv2.imread(frame["file"])[y0:y1, x0:x1, ::-1], size)


repeats = rounds.repeats_for(one, task["roundSeconds"])


def work():
    for _ in range(repeats):
        one()
    return repeats


rounds.serve({"cv2": cv2.__version__, "numpy": numpy.__version__}, work)
