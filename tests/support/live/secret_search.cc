#include "tests/support/live/secret_search.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include <gtest/gtest.h>

#include "engine/base/encoding.h"

namespace sb::live {
namespace {

constexpr std::size_t kShortest = 8;  ///< Anything shorter is found by accident.

/// What base64 makes of the secret wherever it begins within other bytes: without the characters
/// that its neighbours have a part in.
std::vector<std::string> InBase64(const std::string& secret) {
  std::vector<std::string> forms;
  for (std::size_t before = 0; before < 3; ++before) {
    const std::string text = ToBase64(std::string(before, 'x') + secret);
    const std::size_t first = before == 0 ? 0 : before + 1;
    const std::size_t whole = (before + secret.size()) / 3 * 4;
    forms.push_back(text.substr(first, whole - first));
  }
  return forms;
}

std::vector<std::string> FormsOf(const std::string& secret) {
  std::vector<std::string> forms = InBase64(secret);
  for (std::string& form : InBase64(secret)) {  // as base64url
    std::ranges::replace(form, '+', '-');
    std::ranges::replace(form, '/', '_');
    forms.push_back(std::move(form));
  }
  forms.push_back(secret);
  forms.push_back(ToHex(secret));
  forms.push_back(UrlEncode(secret));
  std::erase_if(forms, [](const std::string& form) { return form.size() < kShortest; });
  return forms;
}

/// What stands around a finding, so that its place can be seen.
std::string Around(const std::string& text, std::size_t at) {
  const std::size_t line = text.rfind('\n', at);
  const std::size_t begin =
      std::max(line == std::string::npos ? 0 : line + 1, at < 200 ? 0 : at - 200);
  return text.substr(begin, at - begin);
}

}  // namespace

std::string PlantedSecret(const std::string& what) {
  return "planted-" + what + "-" + ToHex(Sha256("planted " + what)).substr(0, 24);
}

void ExpectNoSecretIn(const std::string& text, const std::string& where, const Secrets& secrets) {
  for (const auto& [what, secret] : secrets) {
    for (const std::string& form : FormsOf(secret)) {
      const std::size_t at = text.find(form);
      if (at == std::string::npos) continue;
      ADD_FAILURE() << where << " tells the " << what << ", behind: " << Around(text, at);
      break;
    }
  }
}

void ExpectNoSecretBelow(const std::filesystem::path& path, const Secrets& secrets) {
  const auto search = [&](const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    ExpectNoSecretIn(text.str(), file.string(), secrets);
  };
  if (!std::filesystem::is_directory(path)) return search(path);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) search(entry.path());
  }
}

}  // namespace sb::live
