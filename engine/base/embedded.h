#pragma once

#include <span>
#include <string_view>

namespace sb {

/// A file that was built into the binary.
struct EmbeddedFile {
  std::string_view path;  ///< Relative to the folder that was embedded, with '/'.
  std::string_view content;
};

/// Files of one folder, sorted by path. They live as long as the program.
using EmbeddedFiles = std::span<const EmbeddedFile>;

}  // namespace sb
