#!/usr/bin/env python3
"""Writes ops.json: each layer of a RegNet by PyTorch in float64, its value and the gradients of sum(w * value) by its inputs.
Needs: pip install torch. Inputs follow a formula that test/engine/goldens.test.ts knows too, so that only results are stored.
Feature maps are NHWC and filters [height, width, inputs / groups, outputs] here as in the engine."""
import json
import math
from pathlib import Path

import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)


def wave(shape, seed):
    """sin(0.7 k + 0.13 k² / n + seed), k = 0, 1, … n − 1, rounded to float32."""
    n = math.prod(shape)
    k = torch.arange(n)
    return torch.sin(0.7 * k + 0.13 * k * k / n + seed).float().double().reshape(shape)


def result(function, shapes):
    inputs = [wave(shape, seed).requires_grad_() for seed, shape in enumerate(shapes)]
    value = function(*inputs)
    (value * wave(value.shape, 9)).sum().backward()
    rounded = lambda tensor: [float(f"{x:.8g}") for x in tensor.detach().reshape(-1).tolist()]
    return {"shapes": shapes, "value": rounded(value), "gradients": [rounded(x.grad) for x in inputs]}


channels_first = lambda x: x.permute(0, 3, 1, 2)
channels_last = lambda x: x.permute(0, 2, 3, 1)


def convolution(stride, padding, groups):
    return lambda x, w: channels_last(F.conv2d(channels_first(x), w.permute(3, 2, 0, 1), stride=stride, padding=padding, groups=groups))


def batch_norm(x, scale, offset):
    return channels_last(F.batch_norm(channels_first(x), None, None, scale, offset, training=True, eps=1e-5))


def gated(x, w1, b1, w2, b2):
    gate = torch.sigmoid(F.relu(x.mean((1, 2)) @ w1 + b1) @ w2 + b2)
    return x * gate[:, None, None, :]


def drop_path(x, shortcut, scale, offset):
    factors = torch.tensor([0.0, 1.25])[:, None, None, None]
    return F.relu(factors * batch_norm(x, scale, offset) + shortcut)


def warp(pictures, transforms, size):
    """Output pixel (x, y) shows input pixel ((a0 x + a1 y + a2) / (c0 x + c1 y + 1), …), bilinear, zeros outside."""
    batch, height, width, _ = pictures.shape
    y, x = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    grids = []
    for a0, a1, a2, b0, b1, b2, c0, c1 in transforms:
        below = c0 * x + c1 * y + 1
        grids.append(torch.stack([2 * (a0 * x + a1 * y + a2) / below / (width - 1) - 1, 2 * (b0 * x + b1 * y + b2) / below / (height - 1) - 1], -1))
    sampled = channels_last(F.grid_sample(channels_first(pictures), torch.stack(grids), mode="bilinear", padding_mode="zeros", align_corners=True))
    return (sampled / 255 - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])


shape = [2, 5, 4, 16]
norm = [shape, [16], [16]]
goldens = {
    "grouped convolution, stride 1": result(convolution(1, 1, 2), [shape, [3, 3, 8, 16]]),
    "grouped convolution, stride 2": result(convolution(2, 1, 2), [shape, [3, 3, 8, 16]]),
    "convolution, stride 2": result(convolution(2, 1, 1), [[2, 5, 4, 3], [3, 3, 3, 8]]),
    "1×1 convolution, stride 1": result(convolution(1, 0, 1), [shape, [1, 1, 16, 6]]),
    "1×1 convolution, stride 2": result(convolution(2, 0, 1), [shape, [1, 1, 16, 6]]),
    "batch norm": result(batch_norm, norm),
    "batch norm and relu": result(lambda *x: F.relu(batch_norm(*x)), norm),
    "batch norm, shortcut and relu": result(lambda x, s, a, b: F.relu(batch_norm(x, a, b) + s), [shape, shape, [16], [16]]),
    "dropped paths": result(drop_path, [shape, shape, [16], [16]]),
    "squeeze-and-excite": result(gated, [shape, [16, 4], [4], [4, 16], [16]]),
    "pool": result(lambda x: x.mean((1, 2)), [shape]),
    "linear": result(lambda x, w, b: x @ w + b, [[3, 7], [7, 5], [5]]),
}
x = channels_first(wave(shape, 0))
goldens["statistics"] = {"mean": x.mean((0, 2, 3)).tolist(), "variance": x.var((0, 2, 3), unbiased=True).tolist()}
pictures = torch.tensor([(k * 37) % 256 for k in range(2 * 9 * 8 * 3)]).double().reshape(2, 9, 8, 3)
transforms = [[0.9, 0.2, 0.3, -0.1, 1.1, 0.2, 0.01, 0.02], [1.5, 0, -2, 0, 1.5, -2, 0, 0]]
goldens["warp"] = {"transforms": transforms, "size": 7, "value": [float(f"{v:.8g}") for v in warp(pictures, transforms, 7).reshape(-1).tolist()]}
Path(__file__).with_name("ops.json").write_text(json.dumps(goldens, ensure_ascii=False))
