#!/usr/bin/env python3
"""Small files of torch.save and numpy.save in all the forms that a reader meets, and what is in them.
Usage: make_weight_files.py OUT_FOLDER      Needs: pip install torch
"""
import argparse, json, os, sys
from collections import OrderedDict
import numpy as np, torch

out = sys.argv[1]
os.makedirs(out, exist_ok=True)
expected = {}


def tensors(table):
    return {name: dict(shape=list(t.shape), values=t.double().flatten().tolist()) for name, t in table.items() if isinstance(t, torch.Tensor) and t.is_floating_point()}


def save(name, value, table=None, **options):
    torch.save(value, os.path.join(out, name), **options)
    if table is not None: expected[name] = tensors(table)


torch.manual_seed(0)
base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) / 8
views = OrderedDict(whole=base, turned=base.permute(2, 0, 1), column=base[:, :, 1], corner=base[1:, 1:, 2:], row=base[1, 2], one=base[1, 2, 3], none=base[:0], reversed=base.transpose(0, 2).contiguous().transpose(0, 2))
save('views.pth', views, views)
types = OrderedDict(double=torch.tensor([0.1, -1e10], dtype=torch.float64), half=torch.tensor([1.5, -0.1, 6e-8], dtype=torch.float16), brain=torch.tensor([1.5, -0.1, 3e38], dtype=torch.bfloat16), whole=torch.tensor([1, 2]), count=torch.tensor(7), flag=torch.tensor([True]))
save('types.pth', types, types)
model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Linear(2, 3))
state = model.state_dict()
save('module-state.pth', state, state)
save('protocol-4.pth', state, state, pickle_protocol=4)
save('parameters.pth', {name: parameter for name, parameter in model.named_parameters()}, dict(model.named_parameters()))
optimizer = torch.optim.AdamW(model.parameters())
average = {'module.' + name: value + 1 if value.is_floating_point() else value for name, value in state.items()}
checkpoint = dict(epoch=3, arch='regnety_004', metric=0.25, best=None, done=False, big=2**40, optimizer=optimizer.state_dict(), sizes=[torch.Size([1, 2]), (1, 2.5)], state_dict=state, state_dict_ema=average)
save('checkpoint.pth', checkpoint, average)
save('checkpoint-model.pth', dict(model=state, epoch=1), state)

# What must be refused.
save('legacy.pth', state, _use_new_zipfile_serialization=False)
save('whole-module.pth', model)
save('namespace.pth', dict(state_dict=state, args=argparse.Namespace(lr=1)))
save('no-tensors.pth', dict(epoch=3))
torch.jit.script(torch.nn.Linear(2, 1)).save(os.path.join(out, 'script.pt'))


class Command:
    def __reduce__(self): return os.system, ('echo run',)


class Evaluation:
    def __reduce__(self): return eval, ('1 + 1',)


save('command.pth', dict(weight=base, extra=Command()))
save('evaluation.pth', OrderedDict(weight=Evaluation()))

pictures = (np.arange(2 * 2 * 3 * 3, dtype='<f4') / 4).reshape(2, 2, 3, 3)
for version in ((1, 0), (2, 0), (3, 0)):
    with open(os.path.join(out, f'version-{version[0]}.npy'), 'wb') as file: np.lib.format.write_array(file, pictures, version=version)
np.save(os.path.join(out, 'double.npy'), pictures.astype('<f8'))
np.save(os.path.join(out, 'fortran.npy'), np.asfortranarray(pictures))
np.save(os.path.join(out, 'big-endian.npy'), pictures.astype('>f4'))
np.save(os.path.join(out, 'objects.npy'), np.array([{}], dtype=object), allow_pickle=True)
with open(os.path.join(out, 'expected.json'), 'w') as file: json.dump(dict(versions=dict(torch=torch.__version__, numpy=np.__version__), tensors=expected), file, indent=1)
