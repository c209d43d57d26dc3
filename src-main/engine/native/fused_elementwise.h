// A program of elementwise float32 operations over long vectors, run block by block, so that a whole optimiser update is one pass over memory.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "parallel.h"
#include "vectors.h"

namespace handloom {

// Each lane correctly rounded, as IEEE 754 wants.
inline floats squareRoot(floats values) {
#if defined(__AVX512F__)
  return (floats)_mm512_sqrt_ps((__m512)values);
#else
  // A compiler makes vector instructions of this where it may ignore errno; else sixteen scalar ones.
  floats roots;
  for (int lane = 0; lane < lanes; lane++) roots[lane] = std::sqrt(values[lane]);
  return roots;
#endif
}

enum class Elementwise { add, sub, mul, div, max, min, greater, select, sqrt, rsqrt, square, neg, prefix };

// Operations of a program by name: "add d a b" is d = a + b, d a new register. max and min give NaN where an operand is NaN; greater is 1 where
// a > b, else 0; "select d a b c" is b where a > 0, else c; rsqrt is 1 / sqrt, each rounded. "prefix d a b n" is a for the first n elements and b
// for the others, where a and b are single values.
struct ElementwiseName {
  const char* name;
  Elementwise operation;
  int operands;
};

constexpr ElementwiseName elementwiseNames[] = {
    {"add", Elementwise::add, 2},         {"sub", Elementwise::sub, 2},       {"mul", Elementwise::mul, 2},   {"div", Elementwise::div, 2},
    {"max", Elementwise::max, 2},         {"min", Elementwise::min, 2},       {"sqrt", Elementwise::sqrt, 1}, {"rsqrt", Elementwise::rsqrt, 1},
    {"square", Elementwise::square, 1},   {"neg", Elementwise::neg, 1},       {"greater", Elementwise::greater, 2},
    {"select", Elementwise::select, 3},   {"prefix", Elementwise::prefix, 2},
};

// Such a program. Registers 0 … inputs − 1 are the inputs; each instruction writes a register of its own, that was not written before.
//
// Text: instructions between semicolons, the last one names the outputs: "add 3 0 1;mul 4 3 2;output 4 3".
// Results are bit for bit those of the operations done one after the other on whole vectors in float32.
class ElementwiseProgram {
 public:
  // Reads the text. Returns what is wrong with it, or an empty string; the program may run only in the latter case.
  std::string parse(const std::string& text, int inputs, int outputs) {
    *this = ElementwiseProgram();
    if (text.size() > longest) return "the program is longer than " + std::to_string(longest) + " characters";
    if (inputs < 1 || inputs > mostInputs) return "a program takes 1 to " + std::to_string(mostInputs) + " inputs, not " + std::to_string(inputs);
    inputs_ = inputs;
    // Place of each register in order of writing, by the number the text gives it.
    std::vector<int> places(inputs);
    for (int input = 0; input < inputs; input++) places[input] = input;
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find(';', begin), text.size());
      const std::string line = text.substr(begin, end - begin);
      begin = end + 1;
      std::string wrong = parseLine(line, places);
      if (!wrong.empty()) return "\"" + line + "\": " + wrong;
    }
    if (int(outputs_.size()) != outputs) return "the program names " + std::to_string(outputs_.size()) + " outputs, but " + std::to_string(outputs) + " are wanted: end it with \"output\" and their registers";
    placeInMemory();
    return "";
  }

  int inputs() const { return inputs_; }
  int outputs() const { return int(outputs_.size()); }

  // Runs the program on vectors of `size`. Input k is such a vector, or one value for all where single[k]. An output may be the very memory
  // of an input, but not overlap it otherwise.
  void run(int64_t size, const std::vector<const float*>& inputs, const std::vector<bool>& single, const std::vector<float*>& outputs, Workers& workers) const {
    // What follows from single values alone is computed once.
    const int registers = inputs_ + int(instructions_.size());
    std::vector<bool> isSingle(single);
    std::vector<float> singles(size_t(registers) * lanes);
    std::vector<Operand> operands(registers);
    for (int input = 0; input < inputs_; input++) {
      if (isSingle[input]) std::fill_n(&singles[input * lanes], lanes, inputs[input][0]);
    }
    for (int at = 0; at < registers; at++) {
      operands[at] = {&singles[at * lanes], 0};
      if (at < inputs_) continue;
      const Instruction& instruction = instructions_[at - inputs_];
      bool all = true;
      for (int k = 0; k < instruction.count; k++) all = all && isSingle[instruction.operands[k]];
      isSingle.push_back(all);
      if (instruction.operation == Elementwise::prefix && !all) throw std::invalid_argument("a prefix is made of single values");
      if (instruction.operation == Elementwise::prefix) isSingle.back() = false;
      else if (all) execute(instruction, operands, &singles[at * lanes], lanes);
    }

    workers.run((size + block - 1) / block, int64_t(instructions_.size() + 4) * block / 8, [&](int64_t begin, int64_t end) {
      std::vector<Operand> local(operands);
      std::vector<float> memory(slots_ * block), rest;
      for (int64_t unit = begin; unit < end; unit++) {
        const int64_t start = unit * block, length = std::min(block, size - start);
        const int64_t whole = (length + lanes - 1) / lanes * lanes;
        if (whole != length) rest.resize(inputs_ * whole);
        for (int input = 0; input < inputs_; input++) {
          if (isSingle[input]) continue;
          local[input] = {inputs[input] + start, -1};
          if (whole == length) continue;
          std::copy_n(inputs[input] + start, length, &rest[input * whole]);
          local[input].values = &rest[input * whole];
        }
        for (size_t at = 0; at < instructions_.size(); at++) {
          if (isSingle[inputs_ + at]) continue;
          float* to = &memory[instructions_[at].slot * block];
          if (instructions_[at].operation == Elementwise::prefix) {
            const int64_t split = std::clamp<int64_t>(instructions_[at].length - start, 0, whole);
            std::fill_n(to, split, local[instructions_[at].operands[0]].values[0]);
            std::fill_n(to + split, whole - split, local[instructions_[at].operands[1]].values[0]);
          } else {
            execute(instructions_[at], local, to, whole);
          }
          local[inputs_ + at] = {to, -1};
        }
        for (size_t output = 0; output < outputs_.size(); output++) {
          const int from = outputs_[output];
          if (isSingle[from]) std::fill_n(outputs[output] + start, length, local[from].values[0]);
          else memmove(outputs[output] + start, local[from].values, length * sizeof(float));
        }
      }
    });
  }

 private:
  static constexpr size_t longest = 65'536;
  static constexpr int mostInputs = 1'024;
  static constexpr int mostRegisters = 100'000;
  // Floats of a register: the few that are alive at a time stay in the innermost cache.
  static constexpr int64_t block = 512;

  // In order of writing, so that instruction i writes register inputs + i.
  struct Instruction {
    Elementwise operation;
    int count;
    int operands[3];
    int slot;
    // Of a prefix, in elements.
    int64_t length;
  };

  // Values of a register: a block (mask −1), or sixteen times the same (mask 0).
  struct Operand {
    const float* values;
    int64_t mask;
  };

  std::string parseLine(const std::string& line, std::vector<int>& places) {
    std::vector<std::string> words;
    for (size_t at = 0; (at = line.find_first_not_of(' ', at)) != std::string::npos;) {
      const size_t end = std::min(line.find(' ', at), line.size());
      words.push_back(line.substr(at, end - at));
      at = end;
    }
    if (words.empty()) return "an instruction is missing";
    if (!outputs_.empty()) return "nothing may follow the outputs";
    std::vector<int> numbers;
    for (size_t at = 1; at < words.size(); at++) {
      if (words[at].size() > 9 || words[at].find_first_not_of("0123456789") != std::string::npos) return words[at] + " is no register";
      numbers.push_back(std::atoi(words[at].c_str()));
    }
    const auto written = [&](int number) { return number < int(places.size()) && places[number] >= 0; };
    const bool last = words[0] == "output";
    const size_t registers = words[0] == "prefix" ? std::min<size_t>(numbers.size(), 3) : numbers.size();
    for (size_t at = last ? 0 : 1; at < registers; at++) {
      if (!written(numbers[at])) return "register " + std::to_string(numbers[at]) + " is read before it is written";
    }
    if (last) {
      for (int number : numbers) outputs_.push_back(places[number]);
      return numbers.empty() ? "at least one output is needed" : "";
    }
    for (const ElementwiseName& known : elementwiseNames) {
      if (words[0] != known.name) continue;
      int64_t length = 0;
      if (known.operation == Elementwise::prefix) {
        if (numbers.size() != 4) return "prefix takes a register to write, 2 to read and a length";
        length = numbers.back();
        numbers.pop_back();
      }
      if (int(numbers.size()) != known.operands + 1) return words[0] + " takes a register to write and " + std::to_string(known.operands) + " to read";
      if (written(numbers[0])) return "register " + std::to_string(numbers[0]) + " is written twice";
      Instruction instruction{known.operation, known.operands, {0, 0, 0}, 0, length};
      for (int k = 0; k < known.operands; k++) instruction.operands[k] = places[numbers[k + 1]];
      if (numbers[0] > mostRegisters) return "there are at most " + std::to_string(mostRegisters) + " registers";
      if (numbers[0] >= int(places.size())) places.resize(numbers[0] + 1, -1);
      places[numbers[0]] = inputs_ + int(instructions_.size());
      instructions_.push_back(instruction);
      return "";
    }
    return "there is no operation " + words[0];
  }

  // Gives the registers slots of memory, those of registers that nobody reads any more again.
  void placeInMemory() {
    const int registers = inputs_ + int(instructions_.size());
    std::vector<int> lastRead(registers, -1);
    for (int at = 0; at < int(instructions_.size()); at++) {
      lastRead[inputs_ + at] = at;
      for (int k = 0; k < instructions_[at].count; k++) lastRead[instructions_[at].operands[k]] = at;
    }
    for (int output : outputs_) lastRead[output] = std::numeric_limits<int>::max();
    std::vector<int> free;
    std::vector<bool> released(registers);
    const auto release = [&](int at, int place) {
      if (place < inputs_ || lastRead[place] != at || released[place]) return;
      released[place] = true;
      free.push_back(instructions_[place - inputs_].slot);
    };
    for (int at = 0; at < int(instructions_.size()); at++) {
      // An instruction may write where it reads: lane by lane, it reads first.
      for (int k = 0; k < instructions_[at].count; k++) release(at, instructions_[at].operands[k]);
      if (free.empty()) {
        instructions_[at].slot = int(slots_++);
      } else {
        instructions_[at].slot = free.back();
        free.pop_back();
      }
      release(at, inputs_ + at);
    }
  }

  // Each operation rounds once and its result goes to memory: nothing that a compiler could contract.
  static void execute(const Instruction& instruction, const std::vector<Operand>& registers, float* to, int64_t length) {
    const Operand a = registers[instruction.operands[0]], b = registers[instruction.operands[1]], c = registers[instruction.operands[2]];
    const auto each = [&](auto operation) {
      for (int64_t at = 0; at < length; at += lanes) {
        store(to + at, operation(load(a.values + (at & a.mask)), load(b.values + (at & b.mask)), load(c.values + (at & c.mask))));
      }
    };
    const floats zero{}, one = zero + 1;
    switch (instruction.operation) {
      case Elementwise::add: return each([](floats a, floats b, floats) { return a + b; });
      case Elementwise::sub: return each([](floats a, floats b, floats) { return a - b; });
      case Elementwise::mul: return each([](floats a, floats b, floats) { return a * b; });
      case Elementwise::div: return each([](floats a, floats b, floats) { return a / b; });
      case Elementwise::max: return each([](floats a, floats b, floats) { return (a > b) | (a != a) ? a : b; });
      case Elementwise::min: return each([](floats a, floats b, floats) { return (a < b) | (a != a) ? a : b; });
      case Elementwise::greater: return each([&](floats a, floats b, floats) { return a > b ? one : zero; });
      case Elementwise::select: return each([&](floats a, floats b, floats c) { return a > zero ? b : c; });
      case Elementwise::sqrt: return each([](floats a, floats, floats) { return squareRoot(a); });
      case Elementwise::rsqrt: return each([&](floats a, floats, floats) { return one / squareRoot(a); });
      case Elementwise::square: return each([](floats a, floats, floats) { return a * a; });
      case Elementwise::neg: return each([](floats a, floats, floats) { return -a; });
      case Elementwise::prefix: return;
    }
  }

  int inputs_ = 0;
  int64_t slots_ = 0;
  std::vector<Instruction> instructions_;
  std::vector<int> outputs_;
};

}  // namespace handloom
