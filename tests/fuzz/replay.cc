// The corpus of one target, input by input, in a build like any other: what was found stays mended.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <vector>

#include "engine/base/file.h"
#include "tests/fuzz/target.h"

int main(int count, char** words) {
  std::vector<std::filesystem::path> inputs;
  for (int i = 1; i < count; ++i) {
    if (!std::filesystem::is_directory(words[i])) {
      inputs.emplace_back(words[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(words[i]))
      inputs.push_back(entry.path());
  }
  std::sort(inputs.begin(), inputs.end());
  for (const auto& input : inputs) {
    // Said beforehand: an input that ends the process is then the last one named.
    std::cout << input.filename().string() << std::endl;
    const auto text = sb::ReadFile(input);
    if (!text.ok()) {
      std::cerr << text.error().message << "\n";
      return 1;
    }
    sb::fuzz::Try(*text);
  }
  std::cout << inputs.size() << " inputs\n";
  return inputs.empty() ? 1 : 0;
}
