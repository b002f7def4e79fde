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

#include "engine/base/encoding.h"
#include "engine/base/file.h"

namespace sb::adapters::crypto {
namespace {

constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;

Error Unreadable(const std::filesystem::path& path, const std::string& why) {
  return Unavailable("VAULT_KEY_UNREADABLE", "the key file " + path.string() + " " + why +
                                                 "; check who owns it and its directory");
}

std::string RandomKey() {
  std::string key(kKeyBytes, '\0');
  randombytes_buf(key.data(), key.size());
  return key;
}

/// Puts a fresh key at `path` unless somebody was faster: the link fails where a name exists, so
/// that no key that is already in use is ever replaced.
Status CreateOnce(const std::filesystem::path& path) {
  std::filesystem::path draft = path;
  draft += ".new-" + ToHex(RandomKey().substr(0, 8));
  if (Status written = WriteFileAtomically(draft, ToHex(RandomKey()) + "\n", 0600); !written.ok()) {
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

Result<Secret> LoadOrCreateKeyFile(const std::filesystem::path& path) {
  if (sodium_init() < 0) return Internal("VAULT_KEY_UNREADABLE", "libsodium did not start");

  struct stat info {};

  if (::stat(path.c_str(), &info) != 0 && errno == ENOENT) {
    if (Status created = CreateOnce(path); !created.ok()) return created.error();
  }
  if (::stat(path.c_str(), &info) != 0) return Unreadable(path, std::strerror(errno));
  if (std::optional<Error> fault = FaultOf(path, info)) return *fault;
  Result<std::string> text = ReadFile(path);
  if (!text.ok()) return Unreadable(path, "cannot be read");
  while (!text->empty() && std::strchr(" \t\r\n", text->back()) != nullptr) text->pop_back();
  std::optional<std::string> key = FromHex(*text);
  if (!key || key->size() != kKeyBytes) {
    return Invalid(
        "VAULT_KEY_INVALID",
        "the key file " + path.string() +
            " must hold 64 hexadecimal characters; put back the key that "
            "the credentials were stored with, or remove the file and connect every account again");
  }
  return Secret(std::move(*key));
}

}  // namespace sb::adapters::crypto
