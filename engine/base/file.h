#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace sb {

/// The whole file. Fails with kNotFound FILE_NOT_FOUND or kUnavailable FILE_UNREADABLE, naming the
/// path.
Result<std::string> ReadFile(const std::filesystem::path& path);

/// Replaces the file in one step (temporary file, fsync, rename), so that a reader or a crash never
/// sees half. `mode` holds the permission bits of the new file. Fails with kUnavailable
/// FILE_UNWRITABLE.
Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content,
                           unsigned mode = 0600);

}  // namespace sb
