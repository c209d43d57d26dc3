"""Pictures per second from files to class probabilities in PyTorch: OpenCV decodes, cuts and resizes in a DataLoader, a RegNet predicts. With worker processes as
many as threads or with none, whichever is faster here. Task: frames (a file: file and box each), model, size, batch, classes, precision, threads, layout.
Needs torch, timm, cv2."""

import json
import time

import cv2
import torch

import rounds
from torch_model import TorchModel

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)


class Frames(torch.utils.data.Dataset):
    def __init__(self, frames, size):
        self.frames, self.size = frames, (size, size)

    def __len__(self):
        return len(self.frames)

    def __getitem__(self, index):
        x0, y0, x1, y1 = self.frames[index]["box"]
        crop = cv2.resize(cv2.imread(self.frames[index]["file"])[y0:y1, x0:x1, ::-1], self.size)
        return (torch.from_numpy(crop).permute(2, 0, 1) / 255 - MEAN) / DEVIATION


def main():
    task = rounds.task()
    cv2.setNumThreads(1)
    torch.set_num_threads(task["threads"])
    torch.manual_seed(0)
    with open(task["frames"]) as file:
        frames = Frames(json.load(file), task["size"])
    model = TorchModel(task["model"], task["classes"], task["precision"], task["layout"], False)

    def predict(loader):
        for images in loader:
            model.predict(model.to_device(images)).float().softmax(-1).cpu()
        return len(frames)

    def seconds(loader):
        began = time.perf_counter()
        predict(loader)
        return time.perf_counter() - began

    loaders = [torch.utils.data.DataLoader(frames, task["batch"], num_workers=workers, persistent_workers=workers > 0) for workers in (0, task["threads"])]
    predict(loaders[0])  # PyTorch plans its kernels
    fastest = min(loaders, key=seconds)
    rounds.serve({**model.facts(), "layout": task["layout"], "workers": fastest.num_workers}, lambda: predict(fastest))


if __name__ == "__main__":
    main()
