"""The input pipeline that a contest entry begins with: each sample of each epoch decodes its whole frame, cuts the box around the hands,
then flips, rotates, warps, resizes and normalises it one after the other."""

import random

import cv2
import torch
from torchvision import transforms


class SeedFrames(torch.utils.data.Dataset):
    """frames: file, box [x0, y0, x1, y1] in pixels of the frame, label; size: side in pixels of what the network sees"""

    def __init__(self, frames, size):
        self.frames = frames
        self.transform = transforms.Compose([
            transforms.ToPILImage(),
            transforms.RandomAffine(20),
            transforms.RandomPerspective(),
            transforms.ToTensor(),
            transforms.Resize((size, size)),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ])

    def __len__(self):
        return len(self.frames)

    def __getitem__(self, index):
        frame = self.frames[index]
        image = cv2.imread(frame["file"])
        x0, y0, x1, y1 = frame["box"]
        image = image[y0:y1, x0:x1, ::-1].copy()
        if random.random() < 0.5:
            image = cv2.flip(image, 1)
        return self.transform(image), frame["label"]
