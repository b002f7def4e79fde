#include "tests/tidy/source_tree.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

namespace sb::tidy {

SourceFile ReadSourceFile(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return {path, text.str()};
}

std::vector<SourceFile> FilesBelow(const std::string& folder,
                                   const std::vector<std::string>& endings) {
  std::vector<SourceFile> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().generic_string();
    const bool wanted =
        std::ranges::any_of(endings, [&](const std::string& end) { return path.ends_with(end); });
    if (!entry.is_regular_file() || !wanted || path.find("node_modules") != std::string::npos)
      continue;
    files.push_back(ReadSourceFile(path));
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

std::string PlaceOf(const SourceFile& file, std::size_t offset) {
  const auto line = 1 + std::count(file.text.begin(),
                                   file.text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
  return file.path + ":" + std::to_string(line);
}

std::vector<std::string> PlacesMatching(const std::vector<SourceFile>& files,
                                        const std::string& pattern) {
  const std::regex expression(pattern);
  std::vector<std::string> places;
  for (const SourceFile& file : files) {
    for (std::sregex_iterator match(file.text.begin(), file.text.end(), expression), end;
         match != end; ++match) {
      places.push_back(PlaceOf(file, static_cast<std::size_t>(match->position())));
    }
  }
  return places;
}

}  // namespace sb::tidy
