#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "engine/ports/media_store.h"

namespace sb::testing {

/// Files in memory, in a place that can be taken away. Thread-safe.
class MemoryMediaStore : public ports::MediaStore {
 public:
  Result<std::unique_ptr<Writer>> Create(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    if (!ports::IsMediaKey(key)) return NoKey();
    return std::unique_ptr<Writer>(std::make_unique<FileWriter>(*this, key));
  }

  Result<std::int64_t> Size(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    if (!ports::IsMediaKey(key)) return NoKey();
    const auto found = files_.find(key);
    if (found == files_.end()) return NoFile();
    return static_cast<std::int64_t>(found->second.size());
  }

  Result<std::string> Read(const std::string& key, std::int64_t offset, std::size_t most) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    if (!ports::IsMediaKey(key)) return NoKey();
    const auto found = files_.find(key);
    if (found == files_.end()) return NoFile();
    const auto from = std::min(static_cast<std::size_t>(offset), found->second.size());
    return found->second.substr(from, most);
  }

  Status Erase(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    if (!ports::IsMediaKey(key)) return NoKey();
    files_.erase(key);
    return {};
  }

  /// From now on everything fails so; nothing: it works again.
  void FailWith(std::optional<Error> failure) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
  }

  std::map<std::string, std::string> files() {
    const std::lock_guard lock(mutex_);
    return files_;
  }

 private:
  class FileWriter : public Writer {
   public:
    FileWriter(MemoryMediaStore& store, std::string key) : store_(store), key_(std::move(key)) {}

    Status Write(std::string_view piece) override {
      const std::lock_guard lock(store_.mutex_);
      if (store_.failure_) return *store_.failure_;
      bytes_.append(piece);
      return {};
    }

    Status Finish() override {
      const std::lock_guard lock(store_.mutex_);
      if (store_.failure_) return *store_.failure_;
      store_.files_[key_] = bytes_;
      return {};
    }

   private:
    MemoryMediaStore& store_;
    const std::string key_;
    std::string bytes_;
  };

  static Error NoKey() { return Invalid("MEDIA_KEY_INVALID", "this is no name of a stored file"); }

  static Error NoFile() { return NotFound("MEDIA_NOT_FOUND", "there is no such file"); }

  std::mutex mutex_;
  std::optional<Error> failure_;
  std::map<std::string, std::string> files_;
};

}  // namespace sb::testing
