#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sb::tidy {

/// A text file of the project.
struct SourceFile {
  std::string path;  ///< Relative to the root, "engine/base/result.h".
  std::string text;
};

SourceFile ReadSourceFile(const std::string& path);

/// The files below `folder` whose names end in one of `endings`, sorted by path. Tests run in the
/// project's root.
std::vector<SourceFile> FilesBelow(const std::string& folder,
                                   const std::vector<std::string>& endings);

/// "path:line" of a place in a file.
std::string PlaceOf(const SourceFile& file, std::size_t offset);

/// Places at which `pattern` (ECMAScript) matches.
std::vector<std::string> PlacesMatching(const std::vector<SourceFile>& files,
                                        const std::string& pattern);

}  // namespace sb::tidy
