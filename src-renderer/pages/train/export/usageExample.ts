import type { ModelFormat } from '../../../../src-main/contract/train.ts'

const quoted = (path: string): string => JSON.stringify(path)

const pictureExamples: Readonly<Record<ModelFormat, (path: string) => string>> = {
  onnx: (path) => `import json, numpy as np, onnxruntime

session = onnxruntime.InferenceSession(${quoted(path)})
recipe = json.loads(session.get_modelmeta().custom_metadata_map["handloom"])
size = recipe["input"]["image_size"]
pixels = np.zeros((1, 3, size, size), np.float32)  # RGB / 255, less the mean, over the std: recipe["input"]
logits = session.run(["logits"], {"pixels": pixels})[0]
best = recipe["classes"][logits[0].argmax()]`,
  savedmodel: (path) => `import json, tensorflow as tf

model = tf.saved_model.load(${quoted(path)}).signatures["serving_default"]
recipe = json.load(open(${quoted(`${path}/assets.extra/handloom.json`)}))
size = recipe["input"]["image_size"]
pixels = tf.zeros((1, size, size, 3))  # RGB / 255, less the mean, over the std: recipe["input"]
probabilities = tf.nn.softmax(model(pixels=pixels)["logits"])
best = recipe["classes"][int(tf.argmax(probabilities[0]))]`,
  safetensors: (path) => `import json, timm, torch
from safetensors import safe_open
from safetensors.torch import load_file
from timm.models.regnet import RegNet, RegNetCfg

file = ${quoted(path)}
with safe_open(file, "pt") as opened:
    recipe = json.loads(opened.metadata()["handloom"])
name, classes = recipe["timm"]["name"], len(recipe["classes"])
if name:
    model = timm.create_model(name, num_classes=classes)
else:  # timm has no such model by a name
    model = RegNet(RegNetCfg(**recipe["timm"]["config"]), num_classes=classes)
model.load_state_dict(load_file(file), strict=True)
size = recipe["input"]["image_size"]
pixels = torch.zeros(1, 3, size, size)  # RGB / 255, less the mean, over the std: recipe["input"]
with torch.inference_mode():
    probabilities = model.eval()(pixels).softmax(-1)`,
}

const keypointExamples: Readonly<Record<ModelFormat, (path: string) => string>> = {
  onnx: (path) => `import json, numpy as np, onnxruntime

session = onnxruntime.InferenceSession(${quoted(path)})
recipe = json.loads(session.get_modelmeta().custom_metadata_map["handloom"])
shown, frames = recipe["input"], 8  # a sequence of 8 frames, as measured
feeds = {
    "hands": np.zeros((frames, 2, shown["hand_features"]), np.float32),
    "present": np.ones((frames, 2), np.float32),
    "scene": np.zeros((frames, shown["scene_features"]), np.float32),
}
logits = session.run(["logits"], feeds)[0]  # the sequence: the mean of its frames' probabilities`,
  savedmodel: (path) => `import json, tensorflow as tf

model = tf.saved_model.load(${quoted(path)}).signatures["serving_default"]
recipe = json.load(open(${quoted(`${path}/assets.extra/handloom.json`)}))
shown, frames = recipe["input"], 8  # a sequence of 8 frames, as measured
hands, scene = tf.zeros((frames, 2, shown["hand_features"])), tf.zeros((frames, shown["scene_features"]))
logits = model(hands=hands, present=tf.ones((frames, 2)), scene=scene)["logits"]
probabilities = tf.reduce_mean(tf.nn.softmax(logits), 0)  # the sequence: the mean over its frames`,
  safetensors: (path) => `import json
from safetensors import safe_open
from safetensors.numpy import load_file

file = ${quoted(path)}
with safe_open(file, "np") as opened:
    recipe = json.loads(opened.metadata()["handloom"])
weights = load_file(file)  # matrices [inputs, outputs]; features.running_mean and running_var standardise`,
}

/** A short Python program that loads an exported model, to begin from. */
export const usageExample = (format: ModelFormat, path: string, keypoints: boolean): string => (keypoints ? keypointExamples : pictureExamples)[format](path)
