#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace sb {

/// A string that must not be shown: printing it gives "***". Reveal() is the one way to its bytes,
/// so that a reader can search for every place that uses them.
class Secret {
 public:
  Secret() = default;

  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}

  const std::string& Reveal() const { return bytes_; }

  bool empty() const { return bytes_.empty(); }

  /// Compares in a time that depends only on the lengths.
  bool EqualsConstantTime(std::string_view other) const;

 private:
  std::string bytes_;
};

inline std::ostream& operator<<(std::ostream& out, const Secret&) {
  return out << "***";
}

}  // namespace sb
