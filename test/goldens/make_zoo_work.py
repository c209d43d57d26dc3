#!/usr/bin/env python3
"""Parameters, multiply-adds and activations of every RegNetX and RegNetY of timm and torchvision at 224 pixels, 1000 classes.
Usage: make_zoo_work.py OUT.json      Needs: pip install torch torchvision timm   (no memory for weights: the meta device)

Multiply-adds of convolutions and dense layers, the squeeze-and-excitation's too; activations: outputs of the convolutions that see pixels,
that is, without those of the squeeze-and-excitation.
"""
import json, sys
import timm, torch, torchvision, torchvision.models.regnet


def work(model):
    counts = dict(params=sum(p.numel() for p in model.parameters()), flops=0, activations=0)

    def hook(module, inputs, output):
        weight = module.weight
        if isinstance(module, torch.nn.Linear): counts['flops'] += weight.numel()
        else:
            pixels = output.shape[2] * output.shape[3]
            counts['flops'] += weight.numel() * pixels
            if module.bias is None: counts['activations'] += output.shape[1] * pixels

    for module in model.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)): module.register_forward_hook(hook)
    with torch.no_grad(): model.eval()(torch.empty(1, 3, 224, 224, device='meta'))
    return counts


models = {}
in_torchvision = torchvision.models.regnet.BlockParams.from_init_params
def computed_for_real(**options):
    with torch.device('cpu'): return in_torchvision(**options)
torchvision.models.regnet.BlockParams.from_init_params = computed_for_real
with torch.device('meta'):
    for name in timm.list_models(['regnetx_*', 'regnety_*']): models['timm/' + name] = work(timm.create_model(name))
    for name in torchvision.models.list_models(include='regnet_*'): models['torchvision/' + name] = work(torchvision.models.get_model(name))
versions = dict(torch=torch.__version__, timm=timm.__version__, torchvision=torchvision.__version__)
with open(sys.argv[1], 'w') as file: json.dump(dict(versions=versions, models=models), file, indent=1)
