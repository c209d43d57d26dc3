"""Images per second of a RegNet in PyTorch, training steps or predictions on one batch of noise that lies ready in memory.
Task: kind (train or infer), model, size, batch, classes, precision, threads, layout, roundSeconds. Needs torch, timm."""

import torch

import rounds
from torch_model import TorchModel

task = rounds.task()
torch.set_num_threads(task["threads"])
torch.manual_seed(0)
model = TorchModel(task["model"], task["classes"], task["precision"], task["layout"], task["kind"] == "train")
images = model.to_device(torch.randn(task["batch"], 3, task["size"], task["size"]))
labels = torch.randint(0, task["classes"], (task["batch"],), device=model.device)


def run(repeats):
    for _ in range(repeats):
        result = model.step(images, labels) if task["kind"] == "train" else model.predict(images)
    result.float().sum().item()
    model.wait()


repeats = rounds.repeats_for(lambda: run(1), task["roundSeconds"])


def work():
    run(repeats)
    return repeats * task["batch"]


rounds.serve({**model.facts(), "layout": task["layout"]}, work)
