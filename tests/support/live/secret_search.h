#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace sb::live {

/// What must not be read anywhere: the secrets by what they are.
using Secrets = std::map<std::string, std::string>;

/// A secret that is made for a test and found again wherever it leaks: nothing else looks like it.
std::string PlantedSecret(const std::string& what);

/// A test failure for each secret that stands in `text`: as it is, or in base64, hexadecimal or
/// percent-encoding. `where` is what the text is.
void ExpectNoSecretIn(const std::string& text, const std::string& where, const Secrets& secrets);

/// The same for a file, and for each file below a directory.
void ExpectNoSecretBelow(const std::filesystem::path& path, const Secrets& secrets);

}  // namespace sb::live
