#!/usr/bin/env python3
"""Logits of full-size RegNets of timm and torchvision, with weights made by a formula, so that no large file is kept.
Usage: make_full_size.py OUT.json      Needs: pip install torch torchvision timm   (CPU is enough)

The formula, for value i of the tensor NAME in PyTorch's layout: u = hash(crc32(NAME) + i * 0x9E3779B1) / 2**32 - 0.5, with the last steps of
MurmurHash3 as hash. Then by the kind of tensor:
  ….running_mean, ….bias     0.2 u
  ….running_var              1 + 0.5 u
  weight of a norm           1 + 0.4 u, times 0.3 for the last of a block, so that the sum of the blocks stays small
  filter or matrix           u sqrt(24 / fan-in), which keeps the variance through a relu
Pictures [N, height, width, 3]: 4 u of the name "input".
"""
import json, re, sys, zlib
import numpy as np, timm, torch, torchvision


def formula(name, shape):
    x = (np.arange(np.prod(shape, dtype=int), dtype=np.uint64) * 0x9E3779B1 + zlib.crc32(name.encode())).astype(np.uint32)
    x ^= x >> 16
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> 13
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> 16
    u = x / 2**32 - 0.5
    if name == 'input': u = 4 * u
    elif name.endswith(('.running_mean', '.bias')): u = 0.2 * u
    elif name.endswith('.running_var'): u = 1 + 0.5 * u
    elif len(shape) == 1: u = (1 + 0.4 * u) * (0.3 if re.search(r'\.(conv3\.bn|f\.c\.1)\.weight$', name) else 1)
    else: u = u * np.sqrt(24 / np.prod(shape[1:]))
    return torch.from_numpy(u.astype(np.float32).reshape(shape))


def case(family, name, size, classes=10, batch=2):
    model = timm.create_model(name, num_classes=classes) if family == 'timm' else torchvision.models.get_model(name, num_classes=classes)
    keys = {key: list(value.shape) for key, value in model.state_dict().items() if not key.endswith('num_batches_tracked')}
    model.load_state_dict({key: formula(key, shape) for key, shape in keys.items()}, strict=False)
    with torch.no_grad(): logits = model.eval()(formula('input', [batch, size, size, 3]).permute(0, 3, 1, 2))
    return dict(family=family, name=name, size=size, classes=classes, keys=keys, logits=logits.tolist())


if __name__ == '__main__':
    torch.set_num_threads(2)
    cases = [case('timm', 'regnety_004', 96), case('timm', 'regnetx_004_tv', 64), case('timm', 'regnety_040', 64), case('timm', 'regnety_040_sgn', 64),
             case('torchvision', 'regnet_y_800mf', 96)]
    versions = dict(torch=torch.__version__, timm=timm.__version__, torchvision=torchvision.__version__)
    with open(sys.argv[1], 'w') as file: json.dump(dict(versions=versions, cases=cases), file, separators=(',', ':'))
