#!/usr/bin/env python3
"""What PyTorch and timm make of the same steps: optimisers, clipping, moving average, loss with class weights, schedules with warm-up, and
whole training steps of a small RegNetY, some of them by accumulated gradients. Usage: make_training_goldens.py OUT_DIR
Needs: pip install torch timm   (CPU is enough)
Weights and pictures are made of a hash, here as in test/train/hashed.ts, so that only results are stored.
"""
import json, os, sys
import numpy as np, torch, timm
from timm.models.regnet import RegNet, RegNetCfg
from timm.optim import Lamb
from timm.utils import ModelEmaV2

torch.set_num_threads(1)
versions = dict(numpy=np.__version__, torch=torch.__version__, timm=timm.__version__)

def hashed(seed, count):
    """Evenly in 0 … 1: the finalizer of MurmurHash3 on position and seed."""
    with np.errstate(over='ignore'):
        h = np.arange(count, dtype=np.uint32) + np.uint32((seed * 0x9e3779b1) & 0xffffffff)
        h ^= h >> np.uint32(16); h *= np.uint32(0x85ebca6b); h ^= h >> np.uint32(13); h *= np.uint32(0xc2b2ae35); h ^= h >> np.uint32(16)
    return h.astype(np.float64) / 2 ** 32

def even(seed, count, reach=1.0): return (hashed(seed, count) * 2 - 1) * reach

def groups(decayed, plain, decay): return [dict(params=decayed, weight_decay=decay), dict(params=plain, weight_decay=0.0)]

# 1. optimisers: four tensors, the first two decayed; seven steps ---------------------------------------------------------
sizes, rates = [6, 3, 4, 2], [0.1, 0.05, 0.2, 0.01, 0.1, 0.03, 0.1]
def optimised(make):
    flat, parts, at = even(1, 15), [], 0
    for size in sizes: parts.append(torch.nn.Parameter(torch.tensor(flat[at:at + size], dtype=torch.float32))); at += size
    optimizer, after = make(parts[:2], parts[2:]), []
    for step, rate in enumerate(rates):
        gradient, at = even(100 + step, 15, 3.0), 0
        for part in parts: part.grad = torch.tensor(gradient[at:at + len(part)], dtype=torch.float32); at += len(part)
        for group in optimizer.param_groups: group['lr'] = rate
        optimizer.step()
        after.append([v for part in parts for v in part.tolist()])
    return after
optimizers = dict(
    lamb=optimised(lambda d, p: Lamb(groups(d, p, 0.1), lr=0.1)),
    lamb_without_decay=optimised(lambda d, p: Lamb(groups(d, p, 0.0), lr=0.1)),
    adamw=optimised(lambda d, p: torch.optim.AdamW(groups(d, p, 0.1), lr=0.1)),
    adamw_betas=optimised(lambda d, p: torch.optim.AdamW(groups(d, p, 0.1), lr=0.1, betas=(0.8, 0.99), eps=1e-3)),
    sgd=optimised(lambda d, p: torch.optim.SGD(groups(d, p, 0.1), lr=0.1, momentum=0.9, nesterov=True)),
    sgd_plain=optimised(lambda d, p: torch.optim.SGD(groups(d, p, 0.1), lr=0.1, momentum=0.8)))

# 2. clipping by norm -------------------------------------------------------------------------------------------------------
def clipped(limit):
    parts = [torch.nn.Parameter(torch.zeros(n)) for n in sizes]; flat, at = even(3, 15, 2.0), 0
    for part in parts: part.grad = torch.tensor(flat[at:at + len(part)], dtype=torch.float32); at += len(part)
    norm = torch.nn.utils.clip_grad_norm_(parts, limit).item()
    return dict(limit=limit, norm=norm, gradient=[v for part in parts for v in part.grad.tolist()])
clipping = [clipped(1.0), clipped(100.0)]

# 3. loss with class weights and label smoothing ------------------------------------------------------------------------------
logits, labels, weights = even(5, 30, 4.0).reshape(6, 5), [0, 4, 2, 2, 1, 0], [0.5, 2.0, 1.0, 3.0, 0.25]
def weighted(smoothing):
    x = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
    loss = torch.nn.CrossEntropyLoss(weight=torch.tensor(weights, dtype=torch.float64), label_smoothing=smoothing)(x, torch.tensor(labels)); loss.backward()
    return dict(smoothing=smoothing, loss=loss.item(), gradient=x.grad.flatten().tolist())
losses = dict(labels=labels, weights=weights, cases=[weighted(0.0), weighted(0.1), weighted(0.5)])

# 4. schedules: a straight warm-up, then PyTorch's; one-cycle has its own rise --------------------------------------------------
L = torch.optim.lr_scheduler
def rates_of(make, steps, lr=1e-3):
    p = torch.nn.Parameter(torch.zeros(1)); o = torch.optim.SGD([p], lr=lr, momentum=0.9); s = make(o); v = []
    for _ in range(steps): v.append(o.param_groups[0]['lr']); o.step(); s.step()
    return v
def after_warm_up(o, main): return L.SequentialLR(o, [L.LinearLR(o, start_factor=5e-6 / 1e-3, total_iters=20), main], milestones=[20])
schedules = dict(
    one_cycle=rates_of(lambda o: L.OneCycleLR(o, max_lr=1e-3, total_steps=120, pct_start=20 / 120, div_factor=1e-3 / 5e-6), 120),
    cosine=rates_of(lambda o: after_warm_up(o, L.CosineAnnealingLR(o, T_max=100)), 120),
    multi_step=rates_of(lambda o: after_warm_up(o, L.MultiStepLR(o, milestones=[60, 85])), 120),
    constant=rates_of(lambda o: after_warm_up(o, L.ConstantLR(o, factor=1.0)), 120))

# 5. whole steps of a small RegNetY, in float64 and at a low rate: rounding errors grow thousandfold in a few steps at a high one ------------------------------------------------------------------------------------------
classes, size = 7, 64
def initialise(model):
    for index, (name, p) in enumerate(sorted(model.named_parameters())):
        ours = p.permute(2, 3, 1, 0) if p.ndim == 4 else p.t() if p.ndim == 2 else p
        reach = (6 / (p.shape[0] * p.shape[2] * p.shape[3])) ** 0.5 if p.ndim == 4 else 0.1
        values = even(1000 + index, p.numel(), reach) + (1.0 if '.bn.weight' in name else 0.0)
        with torch.no_grad(): ours.copy_(torch.tensor(values.reshape(ours.shape), dtype=torch.float32))
def batch(step, count):
    pixels = np.floor(hashed(500 + step, count * size * size * 3) * 256).reshape(count, size, size, 3)
    y = np.floor(hashed(600 + step, count) * classes).astype(int)
    for b in range(count): pixels[b, 9 * y[b]:9 * y[b] + 9] = 255   # something to learn
    x = (torch.tensor(pixels, dtype=torch.float32) / 255 - torch.tensor([0.485, 0.456, 0.406])) / torch.tensor([0.229, 0.224, 0.225])
    return x.permute(0, 3, 1, 2).contiguous(), torch.tensor(y)
def state_of(m): return {n: t.detach().clone() for n, t in m.state_dict().items() if 'num_batches' not in n}
def moved(before, after):
    """How far each tensor moved: the length of its change and the change's product with a hash, in our layout."""
    out = {}
    for name, p in after.items():
        d = p - before[name]; d = d.permute(2, 3, 1, 0) if d.ndim == 4 else d.t() if d.ndim == 2 else d
        v = d.flatten().numpy()
        out[name] = [float('%.6g' % n) for n in (np.linalg.norm(v), v @ even(7, len(v)))]
    return out
def trained(make, counts, parts_of=lambda n: [(0, n)], clip=0.0, class_weights=None, smoothing=0.1):
    model = RegNet(RegNetCfg(w0=16, wa=14.0, wm=1.8, group_size=8, depth=6, se_ratio=0.25), num_classes=classes); initialise(model); model.double().train()
    decayed = [p for p in model.parameters() if p.ndim > 1]; plain = [p for p in model.parameters() if p.ndim <= 1]
    optimizer, average = make(decayed, plain), ModelEmaV2(model)
    w = None if class_weights is None else torch.tensor(class_weights, dtype=torch.float64)
    curve, before = [], state_of(model)
    for step, count in enumerate(counts):
        x, y = batch(step, count); x = x.double(); optimizer.zero_grad(); total = 0.0
        whole = count if w is None else w[y].sum()
        for start, end in parts_of(count):
            per = torch.nn.functional.cross_entropy(model(x[start:end]), y[start:end], weight=w, label_smoothing=smoothing, reduction='sum') / whole
            per.backward(); total += per.item()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), clip if clip > 0 else 1e9).item()
        optimizer.step()
        average.decay = min(0.9, (1 + step) / (10 + step)); average.update(model)
        curve.append([total, norm])
    return dict(counts=counts, curve=curve, state=moved(before, state_of(model)), average=moved(before, state_of(average.module)))
lr, weights7 = 1e-4, [0.5, 2.0, 1.0, 3.0, 0.25, 1.0, 1.5]
halves = lambda n: [(0, n)] if n <= 4 else [(0, n // 2), (n // 2, n)]
steps = dict(classes=classes, size=size, learning_rate=lr, class_weights=weights7,
    lamb=trained(lambda d, p: Lamb(groups(d, p, 1.0), lr=lr, eps=1e-3), [8] * 5),
    adamw=trained(lambda d, p: torch.optim.AdamW(groups(d, p, 2.0), lr=lr, eps=1e-3), [8, 5, 8, 8, 5], clip=0.5, class_weights=weights7),
    sgd=trained(lambda d, p: torch.optim.SGD(groups(d, p, 0.3), lr=lr, momentum=0.9, nesterov=True), [8] * 5, smoothing=0.0),
    lamb_accumulated=trained(lambda d, p: Lamb(groups(d, p, 1.0), lr=lr, eps=1e-3), [8, 5, 8, 8, 5], parts_of=halves, class_weights=weights7))

with open(os.path.join(sys.argv[1], 'training.json'), 'w') as f:
    json.dump(dict(versions=versions, optimizers=dict(sizes=sizes, rates=rates, weights=optimizers), clipping=clipping, loss=losses, schedules=schedules, steps=steps), f, separators=(',', ':'))
