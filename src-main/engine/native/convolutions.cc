// The grouped convolutions as TensorFlow operations.
#include "feature_maps.h"
#include "grouped_convolution.h"

namespace handloom {
namespace {

template <typename T>
struct Convolution {
  int stride;
  explicit Convolution(const Attributes& attributes) : stride(int(attributes.integer("stride"))) {}
  void compute(Run& run) {
    const Run::Input input = run.input(0), filter = run.input(1);
    const Rank4 in(input), weights(filter);
    require(weights.batch == 3 && weights.height == 3 && weights.channels == in.channels && in.channels % weights.width == 0, "a 3×3 filter of as many groups is wanted");
    const GroupedConvolution shape{in.batch, in.height, in.width, in.channels, weights.width, stride};
    T* output = run.output<T>(0, {in.batch, shape.outputHeight(), shape.outputWidth(), in.channels});
    groupedConvolution(shape, input.data<T>(), filter.data<T>(), output, workers());
  }
};

template <typename T>
struct ConvolutionInputGradient {
  int stride;
  int64_t height, width;
  explicit ConvolutionInputGradient(const Attributes& attributes) : stride(int(attributes.integer("stride"))), height(attributes.integer("height")), width(attributes.integer("width")) {}
  void compute(Run& run) {
    const Run::Input filter = run.input(0), gradient = run.input(1);
    const Rank4 weights(filter), out(gradient);
    require(weights.batch == 3 && weights.height == 3 && weights.channels == out.channels && out.channels % weights.width == 0, "a 3×3 filter of as many groups is wanted");
    const GroupedConvolution shape{out.batch, height, width, out.channels, weights.width, stride};
    require(shape.outputHeight() == out.height && shape.outputWidth() == out.width, "the gradient is not of that output");
    groupedConvolutionInputGradient(shape, filter.data<T>(), gradient.data<T>(), run.output<T>(0, {out.batch, height, width, out.channels}), workers());
  }
};

template <typename T>
struct ConvolutionFilterGradient {
  int stride;
  int64_t groupWidth;
  explicit ConvolutionFilterGradient(const Attributes& attributes) : stride(int(attributes.integer("stride"))), groupWidth(attributes.integer("group_width")) {}
  void compute(Run& run) {
    const Run::Input input = run.input(0), gradient = run.input(1);
    const Rank4 in(input), out(gradient);
    require(groupWidth > 0 && in.channels % groupWidth == 0 && in.channels == out.channels && in.batch == out.batch, "feature maps of as many channels are wanted");
    const GroupedConvolution shape{in.batch, in.height, in.width, in.channels, groupWidth, stride};
    require(shape.outputHeight() == out.height && shape.outputWidth() == out.width, "the gradient is not of that output");
    groupedConvolutionFilterGradient(shape, input.data<T>(), gradient.data<T>(), run.output<T>(0, {3, 3, groupWidth, in.channels}), workers());
  }
};

}  // namespace

void declareConvolutions() {
  declare("HandloomConvolution", {"input: T", "filter: T"}, {"output: T"}, {featureType, "stride: int"});
  provideBoth<Convolution>("HandloomConvolution");
  declare("HandloomConvolutionInputGradient", {"filter: T", "gradient: T"}, {"output: T"}, {featureType, "stride: int", "height: int", "width: int"});
  provideBoth<ConvolutionInputGradient>("HandloomConvolutionInputGradient");
  declare("HandloomConvolutionFilterGradient", {"input: T", "gradient: T"}, {"output: T"}, {featureType, "stride: int", "group_width: int"});
  provideBoth<ConvolutionFilterGradient>("HandloomConvolutionFilterGradient");
}

}  // namespace handloom
