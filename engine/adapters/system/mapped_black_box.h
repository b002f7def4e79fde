#pragma once

#include <filesystem>
#include <memory>

#include "engine/base/result.h"
#include "engine/ports/black_box.h"

namespace sb::adapters::system {

/// A black box in a mapped file: two stores to memory for each note, and the kernel keeps them when
/// the process dies. A power failure may lose the last one.
class MappedBlackBox : public ports::BlackBox {
 public:
  /// Opens or makes the file. kUnavailable FILE_UNWRITABLE.
  static Result<std::unique_ptr<MappedBlackBox>> Open(const std::filesystem::path& path);
  ~MappedBlackBox() override;
  MappedBlackBox(const MappedBlackBox&) = delete;
  MappedBlackBox& operator=(const MappedBlackBox&) = delete;

  void Begin(const Note& note) override;
  void End() override;

  Note Last() const override { return last_; }

 private:
  struct Page;

  explicit MappedBlackBox(Page* page);

  Page* const page_;  // mapped
  Note last_;
};

}  // namespace sb::adapters::system
