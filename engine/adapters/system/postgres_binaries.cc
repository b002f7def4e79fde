#include "engine/adapters/system/postgres_binaries.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <unistd.h>
#include <vector>

namespace sb::adapters::system {
namespace {

/// The first line that a command prints; empty when it fails.
std::string FirstLineOf(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen((command + " 2>/dev/null").c_str(), "re"),
                                                   pclose);
  std::array<char, 4096> line{};
  if (!pipe || std::fgets(line.data(), line.size(), pipe.get()) == nullptr) return {};
  std::string text(line.data());
  return text.substr(0, text.find('\n'));
}

bool HasServer(const std::filesystem::path& folder) {
  return access((folder / "postgres").c_str(), X_OK) == 0 &&
         access((folder / "initdb").c_str(), X_OK) == 0;
}

/// "15" of "postgres (PostgreSQL) 15.18 (Debian ...)".
std::string MajorOf(const std::filesystem::path& folder) {
  const std::string line = FirstLineOf("'" + (folder / "postgres").string() + "' --version");
  constexpr std::string_view kBefore = "(PostgreSQL) ";
  const std::size_t at = line.find(kBefore);
  if (at == std::string::npos) return {};
  const std::string version = line.substr(at + kBefore.size());
  return version.substr(0, version.find_first_not_of("0123456789"));
}

/// /usr/lib/postgresql/*/bin, newest first.
std::vector<std::filesystem::path> PackagedFolders() {
  std::vector<std::pair<int, std::filesystem::path>> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", error)) {
    found.emplace_back(std::atoi(entry.path().filename().c_str()), entry.path() / "bin");
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::filesystem::path> folders;
  for (auto& [version, folder] : found) folders.push_back(std::move(folder));
  return folders;
}

std::vector<std::filesystem::path> Candidates() {
  const char* chosen = std::getenv("SWITCHBOARD_POSTGRES_BIN");
  if (chosen != nullptr && *chosen != '\0') return {chosen};
  std::vector<std::filesystem::path> folders;
  const std::string configured = FirstLineOf("pg_config --bindir");
  if (!configured.empty()) folders.emplace_back(configured);
  for (auto& folder : PackagedFolders()) folders.push_back(std::move(folder));
  return folders;
}

}  // namespace

Result<std::filesystem::path> FindPostgresBinaries(const std::string& major) {
  std::optional<std::string> other;
  for (const std::filesystem::path& folder : Candidates()) {
    if (!HasServer(folder)) continue;
    const std::string found = MajorOf(folder);
    if (!found.empty() && (major.empty() || found == major)) return folder;
    other = found;
  }
  if (other) {
    return Unavailable("POSTGRES_VERSION_MISMATCH",
                       "the data directory was made by PostgreSQL " + major + ", and only " +
                           *other + " is installed; install postgresql-" + major +
                           ", or upgrade the data with pg_upgrade");
  }
  return Unavailable(
      "POSTGRES_NOT_FOUND",
      "no PostgreSQL server is installed; install the package postgresql, name the folder of its "
      "programs in SWITCHBOARD_POSTGRES_BIN, or use a database of your own with --database-url");
}

}  // namespace sb::adapters::system
