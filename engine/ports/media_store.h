#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace sb::ports {

/// Whether this is the name of a file: two parts of lower-case letters, digits and underscores,
/// "acc_.../rec_...". Nothing in it can lead elsewhere.
inline bool IsMediaKey(std::string_view key) {
  constexpr std::size_t kLongestKey = 200;
  const std::size_t slash = key.find('/');
  const bool plain =
      key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_/") == std::string_view::npos;
  return plain && slash != std::string_view::npos && slash > 0 && slash + 1 < key.size() &&
         key.find('/', slash + 1) == std::string_view::npos && key.size() <= kLongestKey;
}

/// Keeps files too large for a database and for memory, by their IsMediaKey. Blocking; thread-safe.
/// Fails with kUnavailable MEDIA_STORE_UNAVAILABLE when the place cannot be read or written, such
/// as a full disk, and with kInvalid MEDIA_KEY_INVALID.
class MediaStore {
 public:
  /// A file that is being written. It is there for others only after Finish; one that goes away
  /// before leaves nothing. One thread.
  class Writer {
   public:
    virtual ~Writer() = default;
    virtual Status Write(std::string_view piece) = 0;
    /// From now on the whole file is there, also after a power cut, in the place of one that was
    /// there before. Once only.
    virtual Status Finish() = 0;
  };

  virtual ~MediaStore() = default;

  virtual Result<std::unique_ptr<Writer>> Create(const std::string& key) = 0;
  /// Bytes of the file. kNotFound MEDIA_NOT_FOUND.
  virtual Result<std::int64_t> Size(const std::string& key) = 0;
  /// At most `most` bytes from `offset` on; fewer only at the end, none behind it. kNotFound
  /// MEDIA_NOT_FOUND.
  virtual Result<std::string> Read(const std::string& key, std::int64_t offset,
                                   std::size_t most) = 0;
  /// The file is there no more. One that is not there is no error.
  virtual Status Erase(const std::string& key) = 0;
};

}  // namespace sb::ports
