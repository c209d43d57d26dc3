// Handloom's own TensorFlow operations for the CPU. They are registered when this library is loaded into a process that has TensorFlow.
#include <node_api.h>

#include "batch_norm.h"
#include "feature_maps.h"
#include "flat.h"
#include "fused_elementwise.h"
#include "gates.h"
#include "projective_warp.h"
#include "subsample.h"

namespace handloom {

// In convolutions.cc.
void declareConvolutions();

namespace {

struct Unpack {
  std::vector<int64_t> sizes;
  explicit Unpack(const Attributes& attributes) : sizes(attributes.integers("sizes")) {}
  void compute(Run& run) {
    const Run::Input flat = run.input(0);
    std::vector<Part> parts;
    int64_t begin = 0;
    for (size_t index = 0; index < sizes.size(); index++) {
      const TF_DataType type = run.expectedType(int(index));
      require(type == TF_FLOAT || type == TF_BFLOAT16, "parts are float or bfloat16");
      const bool half = type == TF_BFLOAT16;
      parts.push_back({run.outputOfType(int(index), {sizes[index]}, type, half ? 2 : 4), half, begin, sizes[index]});
      begin += sizes[index];
    }
    requireSize(flat, begin);
    copyParts<false>(const_cast<float*>(flat.data<float>()), parts, begin, workers());
  }
};

struct Pack {
  explicit Pack(const Attributes&) {}
  void compute(Run& run) {
    std::vector<Part> parts;
    int64_t begin = 0;
    for (int index = 0; index < run.inputs(); index++) {
      const Run::Input part = run.input(index);
      require(part.type() == TF_FLOAT || part.type() == TF_BFLOAT16, "parts are float or bfloat16");
      parts.push_back({TF_TensorData(part.tensor), part.type() == TF_BFLOAT16, begin, part.size()});
      begin += part.size();
    }
    copyParts<true>(run.output<float>(0, {begin}), parts, begin, workers());
  }
};

template <typename T>
struct BatchNorm {
  bool residual, relu;
  float epsilon;
  explicit BatchNorm(const Attributes& attributes) : residual(attributes.integer("residual") > 0), relu(attributes.flag("relu")), epsilon(attributes.number("epsilon")) {}
  void compute(Run& run) {
    const Run::Input input = run.input(0), scale = run.input(1), offset = run.input(2);
    const Rank4 in(input);
    requireSize(scale, in.channels);
    requireSize(offset, in.channels);
    const T* shortcut = nullptr;
    if (residual) {
      const Run::Input added = run.input(3);
      requireSize(added, input.size());
      shortcut = added.data<T>();
    }
    T* y = run.output<T>(0, in.shape());
    float* statistics[3];
    for (int index = 0; index < 3; index++) statistics[index] = run.output<float>(index + 1, {in.channels});
    batchNormTraining(in.rows(), in.channels, input.data<T>(), scale.data<float>(), offset.data<float>(), shortcut, relu, epsilon, y, statistics[0], statistics[1], statistics[2], workers());
  }
};

template <typename T>
struct BatchNormGradient {
  bool relu, joined;
  explicit BatchNormGradient(const Attributes& attributes) : relu(attributes.flag("relu")), joined(attributes.integer("outputs") > 0) {}
  void compute(Run& run) {
    const Run::Input gradient = run.input(0), input = run.input(1), scale = run.input(2), offset = run.input(3), mean = run.input(4), deviation = run.input(5);
    const Rank4 in(input);
    requireSize(gradient, input.size());
    for (const Run::Input& vector : {scale, offset, mean, deviation}) requireSize(vector, in.channels);
    const T* y = nullptr;
    if (joined) {
      const Run::Input output = run.input(6);
      requireSize(output, input.size());
      y = output.data<T>();
    }
    T* dx = run.output<T>(0, in.shape());
    float* dScale = run.output<float>(1, {in.channels});
    float* dOffset = run.output<float>(2, {in.channels});
    T* dShortcut = joined ? run.output<T>(3, in.shape()) : nullptr;
    batchNormGradient(in.rows(), in.channels, gradient.data<T>(), input.data<T>(), y, relu, mean.data<float>(), deviation.data<float>(), scale.data<float>(), offset.data<float>(), dx, dScale, dOffset, dShortcut, workers());
  }
};

template <typename T>
struct BiasActivation {
  bool residual, relu;
  explicit BiasActivation(const Attributes& attributes) : residual(attributes.integer("residual") > 0), relu(attributes.flag("relu")) {}
  void compute(Run& run) {
    const Run::Input input = run.input(0), bias = run.input(1);
    const Rank4 in(input);
    requireSize(bias, in.channels);
    const T* shortcut = nullptr;
    if (residual) {
      const Run::Input added = run.input(2);
      requireSize(added, input.size());
      shortcut = added.data<T>();
    }
    biasAct(in.rows(), in.channels, input.data<T>(), bias.data<float>(), shortcut, relu, run.output<T>(0, in.shape()), workers());
  }
};

template <typename T>
struct Subsample {
  int64_t step;
  explicit Subsample(const Attributes& attributes) : step(attributes.integer("step")) { require(step > 0, "a step of at least 1 is wanted"); }
  void compute(Run& run) {
    const Run::Input input = run.input(0);
    const Rank4 in(input);
    T* output = run.output<T>(0, {in.batch, (in.height + step - 1) / step, (in.width + step - 1) / step, in.channels});
    subsample(in.batch, in.height, in.width, in.channels, step, input.data<T>(), output, workers());
  }
};

template <typename T>
struct SubsampleGradient {
  int64_t step, height, width;
  explicit SubsampleGradient(const Attributes& attributes) : step(attributes.integer("step")), height(attributes.integer("height")), width(attributes.integer("width")) { require(step > 0, "a step of at least 1 is wanted"); }
  void compute(Run& run) {
    const Run::Input gradient = run.input(0);
    const Rank4 out(gradient);
    require(out.height == (height + step - 1) / step && out.width == (width + step - 1) / step, "the gradient is not of that output");
    subsampleGradient(out.batch, height, width, out.channels, step, gradient.data<T>(), static_cast<const T*>(nullptr), run.output<T>(0, {out.batch, height, width, out.channels}), workers());
  }
};

template <typename T>
struct AveragePool {
  explicit AveragePool(const Attributes&) {}
  void compute(Run& run) {
    const Run::Input input = run.input(0);
    const Rank4 in(input);
    averagePool(in.batch, in.area(), in.channels, input.data<T>(), run.output<float>(0, {in.batch, in.channels}), workers());
  }
};

template <typename T>
struct AveragePoolGradient {
  explicit AveragePoolGradient(const Attributes&) {}
  void compute(Run& run) {
    const Run::Input input = run.input(0), gradient = run.input(1);
    const Rank4 in(input);
    requireSize(gradient, in.batch * in.channels);
    averagePoolGradient(in.batch, in.area(), in.channels, gradient.data<float>(), run.output<T>(0, in.shape()), workers());
  }
};

template <typename T>
struct Gate {
  explicit Gate(const Attributes&) {}
  void compute(Run& run) {
    const Run::Input input = run.input(0), gate = run.input(1);
    const Rank4 in(input);
    requireSize(gate, in.batch * in.channels);
    scaleChannels(in.batch, in.area(), in.channels, input.data<T>(), gate.data<float>(), run.output<T>(0, in.shape()), workers());
  }
};

template <typename T>
struct GateGradient {
  explicit GateGradient(const Attributes&) {}
  void compute(Run& run) {
    const Run::Input gradient = run.input(0), input = run.input(1);
    const Rank4 in(input);
    requireSize(gradient, input.size());
    gateGradient(in.batch, in.area(), in.channels, gradient.data<T>(), input.data<T>(), run.output<float>(0, {in.batch, in.channels}), workers());
  }
};

template <typename T>
struct GateInputGradient {
  explicit GateInputGradient(const Attributes&) {}
  void compute(Run& run) {
    const Run::Input gradient = run.input(0), gate = run.input(1), means = run.input(2);
    const Rank4 out(gradient);
    requireSize(gate, out.batch * out.channels);
    requireSize(means, out.batch * out.channels);
    gateInputGradient(out.batch, out.area(), out.channels, gradient.data<T>(), gate.data<float>(), means.data<float>(), run.output<T>(0, out.shape()), workers());
  }
};

template <typename T>
struct Join {
  explicit Join(const Attributes&) {}
  void compute(Run& run) {
    const Run::Input input = run.input(0), factors = run.input(1), shortcut = run.input(2);
    const Rank4 in(input);
    requireSize(factors, in.batch);
    requireSize(shortcut, input.size());
    joinScaled(in.batch, in.area(), in.channels, input.data<T>(), factors.data<float>(), shortcut.data<T>(), run.output<T>(0, in.shape()), workers());
  }
};

template <typename T>
struct JoinGradient {
  explicit JoinGradient(const Attributes&) {}
  void compute(Run& run) {
    const Run::Input gradient = run.input(0), output = run.input(1), factors = run.input(2);
    const Rank4 out(output);
    requireSize(factors, out.batch);
    requireSize(gradient, output.size());
    T* dx = run.output<T>(0, out.shape());
    T* dShortcut = run.output<T>(1, out.shape());
    joinScaledGradient(out.batch, out.area(), out.channels, gradient.data<T>(), output.data<T>(), factors.data<float>(), dx, dShortcut, workers());
  }
};

template <typename T>
struct Add {
  explicit Add(const Attributes&) {}
  void compute(Run& run) {
    const Run::Input a = run.input(0), b = run.input(1);
    requireSize(b, a.size());
    sumOf(a.size(), a.data<T>(), b.data<T>(), run.output<T>(0, a.shape()), workers());
  }
};

// Vectors of one length and single values in, vectors out; see `fused_elementwise.h` for the language of the program.
struct FusedElementwise {
  ElementwiseProgram program;
  explicit FusedElementwise(const Attributes& attributes) {
    const std::string wrong = program.parse(attributes.text("program"), int(attributes.integer("N")), int(attributes.integer("M")));
    if (!wrong.empty()) throw std::invalid_argument(wrong);
  }
  void compute(Run& run) {
    int64_t size = -1;
    std::vector<const float*> inputs;
    std::vector<bool> single;
    for (int index = 0; index < program.inputs(); index++) {
      const Run::Input input = run.input(index);
      inputs.push_back(input.data<float>());
      single.push_back(input.shape().empty());
      if (single.back()) continue;
      require(size < 0 || size == input.size(), "vectors of one length are wanted");
      size = input.size();
    }
    require(size >= 0, "at least one vector is wanted");
    std::vector<float*> outputs;
    for (int index = 0; index < program.outputs(); index++) outputs.push_back(run.output<float>(index, {size}));
    program.run(size, inputs, single, outputs, workers());
  }
};

// A vector of one value for its first elements and another for the rest.
struct Prefix {
  int64_t length, size;
  explicit Prefix(const Attributes& attributes) : length(attributes.integer("length")), size(attributes.integer("size")) { require(0 <= length && length <= size, "a length within the size is wanted"); }
  void compute(Run& run) {
    const Run::Input first = run.input(0), rest = run.input(1);
    requireSize(first, 1);
    requireSize(rest, 1);
    float* output = run.output<float>(0, {size});
    std::fill_n(output, length, first.data<float>()[0]);
    std::fill_n(output + length, size - length, rest.data<float>()[0]);
  }
};

struct Warp {
  int64_t size;
  bool coloured;
  std::vector<float> mean, deviation;
  explicit Warp(const Attributes& attributes) : size(attributes.integer("size")), coloured(attributes.integer("coloured") > 0), mean(attributes.numbers("mean")), deviation(attributes.numbers("deviation")) {
    require(size > 0 && mean.size() == 3 && deviation.size() == 3, "a size, three means and three deviations are wanted");
  }
  void compute(Run& run) {
    const Run::Input images = run.input(0), transforms = run.input(1);
    const Rank4 in(images);
    require(in.channels == 3, "pictures of three colours are wanted");
    requireSize(transforms, in.batch * 8);
    const float* colours = nullptr;
    if (coloured) {
      const Run::Input changes = run.input(2);
      requireSize(changes, in.batch * 4);
      colours = changes.data<float>();
    }
    projectiveWarp(in.batch, in.height, in.width, images.data<uint8_t>(), transforms.data<float>(), colours, size, mean.data(), deviation.data(),
                   run.output<float>(0, {in.batch, size, size, 3}), workers());
  }
};

void declareAll() {
  declare("HandloomUnpack", {"flat: float"}, {"parts: Ts"}, {"sizes: list(int)", "Ts: list({float, bfloat16})"});
  provide<Unpack>("HandloomUnpack");
  declare("HandloomPack", {"parts: Ts"}, {"flat: float"}, {"Ts: list({float, bfloat16})"});
  provide<Pack>("HandloomPack");
  declare("HandloomBatchNorm", {"input: T", "scale: float", "offset: float", "shortcut: residual * T"}, {"output: T", "mean: float", "variance: float", "deviation: float"},
          {featureType, "residual: int >= 0", "relu: bool", "epsilon: float"});
  provideBoth<BatchNorm>("HandloomBatchNorm");
  declare("HandloomBatchNormGradient", {"gradient: T", "input: T", "scale: float", "offset: float", "mean: float", "deviation: float", "joined: outputs * T"},
          {"input_gradient: T", "scale_gradient: float", "offset_gradient: float", "shortcut_gradient: outputs * T"}, {featureType, "outputs: int >= 0", "relu: bool"});
  provideBoth<BatchNormGradient>("HandloomBatchNormGradient");
  declare("HandloomBiasActivation", {"input: T", "bias: float", "shortcut: residual * T"}, {"output: T"}, {featureType, "residual: int >= 0", "relu: bool"});
  provideBoth<BiasActivation>("HandloomBiasActivation");
  declare("HandloomSubsample", {"input: T"}, {"output: T"}, {featureType, "step: int"});
  provideBoth<Subsample>("HandloomSubsample");
  declare("HandloomSubsampleGradient", {"gradient: T"}, {"output: T"}, {featureType, "step: int", "height: int", "width: int"});
  provideBoth<SubsampleGradient>("HandloomSubsampleGradient");
  declare("HandloomAveragePool", {"input: T"}, {"output: float"}, {featureType});
  provideBoth<AveragePool>("HandloomAveragePool");
  declare("HandloomAveragePoolGradient", {"input: T", "gradient: float"}, {"output: T"}, {featureType});
  provideBoth<AveragePoolGradient>("HandloomAveragePoolGradient");
  declare("HandloomJoin", {"input: T", "factors: float", "shortcut: T"}, {"output: T"}, {featureType});
  provideBoth<Join>("HandloomJoin");
  declare("HandloomJoinGradient", {"gradient: T", "joined: T", "factors: float"}, {"input_gradient: T", "shortcut_gradient: T"}, {featureType});
  provideBoth<JoinGradient>("HandloomJoinGradient");
  declare("HandloomAdd", {"a: T", "b: T"}, {"sum: T"}, {featureType});
  provideBoth<Add>("HandloomAdd");
  declare("HandloomElementwise", {"inputs: N * float"}, {"outputs: M * float"}, {"program: string", "N: int >= 1", "M: int >= 1"});
  provide<FusedElementwise>("HandloomElementwise");
  declare("HandloomPrefix", {"first: float", "rest: float"}, {"output: float"}, {"length: int", "size: int"});
  provide<Prefix>("HandloomPrefix");
  declare("HandloomWarp", {"images: uint8", "transforms: float", "colours: coloured * float"}, {"output: float"}, {"size: int", "coloured: int >= 0", "mean: list(float)", "deviation: list(float)"});
  provide<Warp>("HandloomWarp");
  declare("HandloomGate", {"input: T", "gate: float"}, {"output: T"}, {featureType});
  provideBoth<Gate>("HandloomGate");
  declare("HandloomGateGradient", {"gradient: T", "input: T"}, {"output: float"}, {featureType});
  provideBoth<GateGradient>("HandloomGateGradient");
  declare("HandloomGateInputGradient", {"gradient: T", "gate: float", "means: float"}, {"output: T"}, {featureType});
  provideBoth<GateInputGradient>("HandloomGateInputGradient");
}

}  // namespace
}  // namespace handloom

extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  static bool declared = false;
  try {
    if (!declared) {
      handloom::declareAll();
      handloom::declareConvolutions();
    }
    declared = true;
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return exports;
}
