"""Whether exported models say in other programs what Handloom says. Argument: a folder with any number of exported .safetensors, .onnx and SavedModel
folders of one model, with pixels.npy [N, size, size, 3], normalised, and logits.npy [N, classes]. Prints one JSON object for each model: the program and the largest
difference of a logit; ends with 1 when one is above 1e-4. Needs numpy; torch, timm and safetensors for .safetensors; onnx and onnxruntime for .onnx; tensorflow for
SavedModels. What is not installed is said and skipped."""

import json
import pathlib
import sys

import numpy


def in_timm(path, pixels):
    import safetensors
    import safetensors.torch
    import timm
    import torch
    from timm.models.regnet import RegNet, RegNetCfg

    with safetensors.safe_open(path, "pt") as file:
        metadata = file.metadata()
    classes = int(metadata["num_classes"])
    if "timm_name" in metadata:
        model = timm.create_model(metadata["timm_name"], num_classes=classes)
    else:
        model = RegNet(RegNetCfg(**json.loads(metadata["handloom"])["timm"]["config"]), num_classes=classes)
    model.load_state_dict(safetensors.torch.load_file(path), strict=True)
    with torch.inference_mode():
        logits = model.eval()(torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy())).numpy()
    return f"timm {timm.__version__}, torch {torch.__version__}", logits


def in_onnxruntime(path, pixels):
    import onnx
    import onnxruntime

    onnx.checker.check_model(str(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return f"onnxruntime {onnxruntime.__version__}", session.run(["logits"], {"pixels": pixels.transpose(0, 3, 1, 2).copy()})[0]


def in_tensorflow(path, pixels):
    import tensorflow

    model = tensorflow.saved_model.load(str(path))
    return f"TensorFlow {tensorflow.__version__}", model.signatures["serving_default"](pixels=tensorflow.constant(pixels))["logits"].numpy()


def main(folder):
    pixels, logits = (numpy.load(folder / name) for name in ("pixels.npy", "logits.npy"))
    found = [(path, in_timm) for path in sorted(folder.glob("*.safetensors"))]
    found += [(path, in_onnxruntime) for path in sorted(folder.glob("*.onnx"))]
    found += [(path.parent, in_tensorflow) for path in sorted(folder.glob("*/saved_model.pb"))]
    worst = 0.0
    for path, run in found:
        try:
            program, theirs = run(path, pixels)
        except ImportError as error:
            print(json.dumps({"file": path.name, "skipped": str(error)}))
            continue
        difference = float(numpy.abs(theirs - logits).max())
        worst = max(worst, difference)
        print(json.dumps({"file": path.name, "program": program, "samples": len(pixels), "largest_difference": difference}))
    return 0 if worst <= 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
