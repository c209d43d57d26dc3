"""Samples per second of the seed-style input pipeline in one thread. Task: frames (a file), size, roundSeconds. Needs torch, torchvision, cv2."""

import json

import cv2
import torch

import rounds
from seed_frames import SeedFrames

task = rounds.task()
cv2.setNumThreads(1)
torch.set_num_threads(1)
with open(task["frames"]) as file:
    samples = SeedFrames(json.load(file), task["size"])
position = 0


def one():
    global position
    samples[position % len(samples)]
    position += 1


repeats = rounds.repeats_for(one, task["roundSeconds"])


def work():
    for _ in range(repeats):
        one()
    return repeats


rounds.serve({"torch": torch.__version__, "cv2": cv2.__version__}, work)
