#include "engine/adapters/crypto/key_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <sodium.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "engine/adapters/crypto/key_bytes.h"
#include "engine/adapters/crypto/key_text.h"
#include "engine/base/encoding.h"
#include "engine/base/file.h"

namespace sb::adapters::crypto {
namespace {

Error Unreadable(const std::filesystem::path& path, const std::string& why) {
  return Unavailable("VAULT_KEY_UNREADABLE", "the key file " + path.string() + " " + why +
                                                 "; check who owns it and its directory");
}

/// Puts a fresh key at `path` unless somebody was faster: the link fails where a name exists, so
/// that no key that is already in use is ever replaced.
Status CreateOnce(const std::filesystem::path& path) {
  std::filesystem::path draft = path;
  draft += ".new-" + ToHex(KeyBytes::Fresh().view().substr(0, 8));
  const std::string key = ToHex(KeyBytes::Fresh().view()) + "\n";
  if (Status written = WriteFileAtomically(draft, key, 0600); !written.ok()) {
    return Unreadable(path, "cannot be created: " + written.error().message);
  }
  const int linked = ::link(draft.c_str(), path.c_str());
  const int reason = errno;
  ::unlink(draft.c_str());
  if (linked != 0 && reason != EEXIST) {
    return Unreadable(path, std::string("cannot be created: ") + std::strerror(reason));
  }
  return {};
}

/// The refusal of a file that is not ours alone, or nothing.
std::optional<Error> FaultOf(const std::filesystem::path& path, const struct stat& info) {
  if (!S_ISREG(info.st_mode)) {
    return Invalid("VAULT_KEY_INVALID", "the key file " + path.string() + " is not a regular file");
  }
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Invalid("VAULT_KEY_INVALID",
                   "others than its owner may use the key file " + path.string() +
                       ": it opens every stored credential; run 'chmod 600 " + path.string() + "'");
  }
  return {};
}

}  // namespace

Result<std::vector<Secret>> LoadKeyFile(const std::filesystem::path& path) {
  struct stat info {};

  if (::stat(path.c_str(), &info) != 0) {
    if (errno != ENOENT) return Unreadable(path, std::strerror(errno));
    return Invalid(
        "VAULT_KEY_MISSING",
        "the key file " + path.string() +
            " does not exist, but the database holds what was sealed with its key; put "
            "the file back from your backup, or say where the key is (--vault-key-file)");
  }
  if (std::optional<Error> fault = FaultOf(path, info)) return *fault;
  Result<std::string> text = ReadFile(path);
  if (!text.ok()) return Unreadable(path, "cannot be read");
  return ParseKeys(Secret(std::move(text).value()), "the key file " + path.string());
}

Result<std::vector<Secret>> LoadOrCreateKeyFile(const std::filesystem::path& path) {
  if (sodium_init() < 0) return Internal("VAULT_KEY_UNREADABLE", "libsodium did not start");

  struct stat info {};

  if (::stat(path.c_str(), &info) != 0 && errno == ENOENT) {
    if (Status created = CreateOnce(path); !created.ok()) return created.error();
  }
  return LoadKeyFile(path);
}

}  // namespace sb::adapters::crypto
