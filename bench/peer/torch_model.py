"""A RegNet in PyTorch with a training step and a prediction, as its users write them."""

import contextlib

import torch


def create(name, classes):
    """timm's model of that name, else torchvision's."""
    import timm

    if timm.is_model(name):
        return timm.create_model(name, num_classes=classes)
    import torchvision

    return torchvision.models.get_model(name, num_classes=classes)


class TorchModel:
    """
    precision: float32, or bfloat16 or float16 by autocast (float16 in training on CUDA with a scaled loss)
    layout: channels-last or nchw
    """

    def __init__(self, name, classes, precision, layout, training):
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.format = torch.channels_last if layout == "channels-last" else torch.contiguous_format
        self.half = None if precision == "float32" else getattr(torch, precision)
        self.model = create(name, classes).to(self.device, memory_format=self.format).train(training)
        if training:
            self.optimizer = torch.optim.AdamW(self.model.parameters(), 1e-3)
            self.scaler = torch.amp.GradScaler(self.device, enabled=self.half is torch.float16 and self.device == "cuda")

    def to_device(self, images):
        return images.to(self.device, memory_format=self.format, non_blocking=True)

    def autocast(self):
        return torch.autocast(self.device, self.half) if self.half else contextlib.nullcontext()

    def step(self, images, labels):
        self.optimizer.zero_grad(set_to_none=True)
        with self.autocast():
            loss = torch.nn.functional.cross_entropy(self.model(images), labels)
        self.scaler.scale(loss).backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss

    def predict(self, images):
        with torch.inference_mode(), self.autocast():
            return self.model(images)

    def wait(self):
        if self.device == "cuda":
            torch.cuda.synchronize()

    def facts(self):
        return {"torch": torch.__version__, "device": "gpu" if self.device == "cuda" else "cpu"}
