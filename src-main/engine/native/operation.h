// TensorFlow's C API for custom operations (tensorflow/c/ops.h, tensorflow/c/kernels.h), in the words of this folder.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "parallel.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"
#include "vectors.h"

namespace handloom {

using Shape = std::vector<int64_t>;

inline int64_t sizeOf(const Shape& shape) {
  int64_t size = 1;
  for (int64_t length : shape) size *= length;
  return size;
}

// Ends an operation with an error that TensorFlow reports.
inline void require(bool holds, const char* message) {
  if (!holds) throw std::invalid_argument(message);
}

template <typename T>
constexpr TF_DataType typeOf();
template <>
constexpr TF_DataType typeOf<float>() { return TF_FLOAT; }
template <>
constexpr TF_DataType typeOf<bfloat16>() { return TF_BFLOAT16; }
template <>
constexpr TF_DataType typeOf<uint8_t>() { return TF_UINT8; }

class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  operator TF_Status*() { return status_; }
  void check() const {
    if (TF_GetCode(status_) != TF_OK) throw std::runtime_error(TF_Message(status_));
  }

 private:
  TF_Status* status_;
};

// The attributes of a node of the graph, while its kernel is made.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction* construction) : construction_(construction) {}

  int64_t integer(const char* name) const { return one<int64_t>(name, TF_OpKernelConstruction_GetAttrInt64); }
  float number(const char* name) const { return one<float>(name, TF_OpKernelConstruction_GetAttrFloat); }
  bool flag(const char* name) const { return one<TF_Bool>(name, TF_OpKernelConstruction_GetAttrBool) != 0; }
  std::vector<int64_t> integers(const char* name) const { return list<int64_t>(name, TF_OpKernelConstruction_GetAttrInt64List); }
  std::vector<float> numbers(const char* name) const { return list<float>(name, TF_OpKernelConstruction_GetAttrFloatList); }

  std::string text(const char* name) const {
    std::string value(size(name).second, '\0');
    Status status;
    TF_OpKernelConstruction_GetAttrString(construction_, name, value.data(), value.size(), status);
    status.check();
    return value;
  }

 private:
  template <typename T, typename Get>
  T one(const char* name, Get get) const {
    T value{};
    Status status;
    get(construction_, name, &value, status);
    status.check();
    return value;
  }

  template <typename T, typename Get>
  std::vector<T> list(const char* name, Get get) const {
    std::vector<T> values(size(name).first);
    Status status;
    get(construction_, name, values.data(), int(values.size()), status);
    status.check();
    return values;
  }

  // Length of a list and bytes of a string.
  std::pair<int32_t, int32_t> size(const char* name) const {
    int32_t length = 0, bytes = 0;
    Status status;
    TF_OpKernelConstruction_GetAttrSize(construction_, name, &length, &bytes, status);
    status.check();
    return {length, bytes};
  }

  TF_OpKernelConstruction* construction_;
};

// Inputs and outputs of one run of an operation.
class Run {
 public:
  explicit Run(TF_OpKernelContext* context) : context_(context) {}
  ~Run() {
    for (TF_Tensor* tensor : held_) TF_DeleteTensor(tensor);
  }
  Run(const Run&) = delete;

  int inputs() const { return TF_NumInputs(context_); }
  TF_DataType expectedType(int output) const { return TF_ExpectedOutputDataType(context_, output); }

  struct Input {
    TF_Tensor* tensor;

    Shape shape() const {
      Shape lengths(TF_NumDims(tensor));
      for (size_t axis = 0; axis < lengths.size(); axis++) lengths[axis] = TF_Dim(tensor, int(axis));
      return lengths;
    }
    int64_t size() const { return TF_TensorElementCount(tensor); }
    TF_DataType type() const { return TF_TensorType(tensor); }

    template <typename T>
    const T* data() const {
      require(type() == typeOf<T>(), "an input has another type than expected");
      return static_cast<const T*>(TF_TensorData(tensor));
    }
  };

  Input input(int index) {
    TF_Tensor* tensor = nullptr;
    Status status;
    TF_GetInput(context_, index, &tensor, status);
    status.check();
    held_.push_back(tensor);
    return {tensor};
  }

  // Memory of an output; its values are undefined until they are written.
  template <typename T>
  T* output(int index, const Shape& shape) {
    return static_cast<T*>(outputOfType(index, shape, typeOf<T>(), sizeof(T)));
  }

  void* outputOfType(int index, const Shape& shape, TF_DataType type, size_t bytes) {
    Status status;
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, type, shape.data(), int(shape.size()), size_t(sizeOf(shape)) * bytes, status);
    status.check();
    held_.push_back(tensor);
    return TF_TensorData(tensor);
  }

  void fail(const char* message) {
    Status status;
    TF_SetStatus(status, TF_INVALID_ARGUMENT, message);
    TF_OpKernelContext_Failure(context_, status);
  }

 private:
  TF_OpKernelContext* context_;
  std::vector<TF_Tensor*> held_;
};

// Declares an operation by lines such as "input: T", "output: float", "stride: int", in the language of tensorflow/c/ops.h.
inline void declare(const char* name, const std::vector<const char*>& inputs, const std::vector<const char*>& outputs, const std::vector<const char*>& attributes) {
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(builder, input);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(builder, output);
  for (const char* attribute : attributes) TF_OpDefinitionBuilderAddAttr(builder, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, [](TF_ShapeInferenceContext* context, TF_Status* status) {
    TF_ShapeInferenceContextSetUnknownShape(context, status);
  });
  Status status;
  TF_RegisterOpDefinition(builder, status);
  status.check();
}

// Gives an operation its kernel for the CPU: Kernel(const Attributes&), void compute(Run&). `type` binds the attribute T where there is one.
template <typename Kernel>
void provide(const char* name, const TF_DataType* type = nullptr) {
  auto create = [](TF_OpKernelConstruction* construction) -> void* {
    try {
      return new Kernel(Attributes(construction));
    } catch (const std::exception& error) {
      Status status;
      TF_SetStatus(status, TF_INVALID_ARGUMENT, error.what());
      TF_OpKernelConstruction_Failure(construction, status);
      return nullptr;
    }
  };
  auto compute = [](void* kernel, TF_OpKernelContext* context) {
    Run run(context);
    try {
      static_cast<Kernel*>(kernel)->compute(run);
    } catch (const std::exception& error) {
      run.fail(error.what());
    }
  };
  auto remove = [](void* kernel) { delete static_cast<Kernel*>(kernel); };
  TF_KernelBuilder* builder = TF_NewKernelBuilder(name, "CPU", create, compute, remove);
  Status status;
  if (type) TF_KernelBuilder_TypeConstraint(builder, "T", *type, status);
  status.check();
  TF_RegisterKernelBuilder(name, builder, status);
  status.check();
}

// Gives an operation its kernels for float32 and bfloat16 feature maps.
template <template <typename> class Kernel>
void provideBoth(const char* name) {
  const TF_DataType single = TF_FLOAT, half = TF_BFLOAT16;
  provide<Kernel<float>>(name, &single);
  provide<Kernel<bfloat16>>(name, &half);
}

}  // namespace handloom
