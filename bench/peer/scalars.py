"""Rounds of TensorBoard reading a run's curves: event files → every scalar as JSON, none left out. Task: folder (to write the files into), folds, steps. Needs tensorboard."""

import json
import math
import os

import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

import rounds

task = rounds.task()
tags = ["loss", "learning_rate", "gradient_norm", "images_per_second", "cpu", "memory"]


def write(fold):
    writer = EventFileWriter(os.path.join(task["folder"], f"fold-{fold}"))
    for step in range(1, task["steps"] + 1):
        values = [3 * math.exp(-step / 6000) + 0.1 * math.sin(step * (fold + 1) + index) for index in range(len(tags))]
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value) for tag, value in zip(tags, values)])
        writer.add_event(Event(wall_time=step, step=step, summary=summary))
    writer.close()


def work():
    points = 0
    for fold in range(task["folds"]):
        run = EventAccumulator(os.path.join(task["folder"], f"fold-{fold}"), size_guidance={"scalars": 0, "tensors": 0})
        run.Reload()
        for tag in tags:
            scalars = run.Scalars(tag)
            json.dumps([[scalar.wall_time, scalar.step, scalar.value] for scalar in scalars])
        points += len(scalars)
    return points


for fold in range(task["folds"]):
    write(fold)
rounds.serve({"tensorboard": tensorboard.__version__}, work)
