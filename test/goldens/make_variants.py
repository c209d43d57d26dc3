#!/usr/bin/env python3
"""Small RegNetYs of timm with other activations and norms than the paper's: logits, loss and gradients, with weights made by the formula of
make_full_size.py. Usage: make_variants.py OUT.json      Needs: pip install torch torchvision timm   (CPU is enough)

Of each gradient: its norm, and its scalar product with the formula's vector of the name "probe.NAME", taken as a bias.
"""
import json, sys
from functools import partial
import timm, torch
from timm.layers import GroupNormAct
from timm.models.regnet import RegNet, RegNetCfg
from make_full_size import formula

labels = [0, 3, 1, 6]


def case(name, **variant):
    model = RegNet(RegNetCfg(w0=16, wa=14.0, wm=1.8, group_size=8, depth=6, se_ratio=0.25, **variant), num_classes=7)
    keys = {key: list(value.shape) for key, value in model.state_dict().items() if not key.endswith('num_batches_tracked')}
    model.load_state_dict({key: formula(key, shape) for key, shape in keys.items()}, strict=False)
    pictures = formula('input', [len(labels), 48, 48, 3]).permute(0, 3, 1, 2)
    with torch.no_grad(): logits = model.eval()(pictures)
    loss = torch.nn.functional.cross_entropy(model.train()(pictures), torch.tensor(labels))
    loss.backward()
    gradients = {key: [p.grad.norm().item(), (p.grad.flatten() * formula(f'probe.{key}.bias', [p.numel()])).sum().item()] for key, p in model.named_parameters()}
    return dict(name=name, keys=keys, logits=logits.tolist(), loss=loss.item(), gradients=gradients)


torch.set_num_threads(2)
cases = [
    case('group norm and silu', act_layer='silu', norm_layer=partial(GroupNormAct, group_size=8)),
    case('group norm and relu', norm_layer=partial(GroupNormAct, group_size=4)),
    case('batch norm and silu', act_layer='silu'),
]
versions = dict(torch=torch.__version__, timm=timm.__version__)
with open(sys.argv[1], 'w') as file: json.dump(dict(versions=versions, size=48, labels=labels, cases=cases), file, separators=(',', ':'))
