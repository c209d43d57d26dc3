"""Whole epochs in PyTorch, data and training: the seed-style pipeline in a DataLoader, RegNet training steps. With worker processes as many as
threads or with none, whichever is faster here. Task: frames (a file), model, size, batch, classes, precision, threads, layout.
Needs torch, torchvision, timm, cv2."""

import json
import time

import cv2
import torch

import rounds
from seed_frames import SeedFrames
from torch_model import TorchModel


def main():
    task = rounds.task()
    cv2.setNumThreads(1)
    torch.set_num_threads(task["threads"])
    torch.manual_seed(0)
    with open(task["frames"]) as file:
        samples = SeedFrames(json.load(file), task["size"])
    model = TorchModel(task["model"], task["classes"], task["precision"], task["layout"], True)

    def epoch(loader):
        for images, labels in loader:
            loss = model.step(model.to_device(images), labels.to(model.device))
        loss.item()
        model.wait()
        return len(samples)

    def seconds(loader):
        began = time.perf_counter()
        epoch(loader)
        return time.perf_counter() - began

    loaders = [
        torch.utils.data.DataLoader(samples, task["batch"], shuffle=True, num_workers=workers, persistent_workers=workers > 0)
        for workers in (0, task["threads"])
    ]
    epoch(loaders[0])  # PyTorch plans its kernels
    fastest = min(loaders, key=seconds)
    rounds.serve({**model.facts(), "layout": task["layout"], "workers": fastest.num_workers}, lambda: epoch(fastest))


if __name__ == "__main__":
    main()
