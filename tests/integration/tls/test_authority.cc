#include "tests/integration/tls/test_authority.h"

#include <vector>

#include <gtest/gtest.h>

#include "engine/base/file.h"
#include "tests/support/live/process.h"

namespace sb::testing {
namespace {

const std::vector<std::string> kNewKey = {"-newkey", "ec", "-pkeyopt",
                                          "ec_paramgen_curve:prime256v1", "-nodes"};

void OpenSsl(std::vector<std::string> words, const std::vector<std::string>& more = {}) {
  words.insert(words.begin(), "openssl");
  words.insert(words.end(), more.begin(), more.end());
  const auto ended = live::RunToEnd({words, {}, {}});
  ASSERT_EQ(ended.exit_status, 0) << ended.err;
}

}  // namespace

TestAuthority::TestAuthority() {
  const std::string key = (folder_.path() / "ca.key").string();
  OpenSsl({"req", "-x509", "-days", "2", "-subj", "/CN=test authority", "-keyout", key, "-out",
           certificate()},
          kNewKey);
}

TlsFiles TestAuthority::Issue(const std::string& name, const std::filesystem::path& folder) const {
  const std::string base = (folder_.path() / name).string();
  TlsFiles files{folder / (name + ".pem"), folder / (name + ".key"), ""};
  OpenSsl({"req", "-subj", "/CN=" + name, "-keyout", base + ".new", "-out", base + ".csr"},
          kNewKey);
  EXPECT_TRUE(
      WriteFileAtomically(base + ".ext", "subjectAltName=DNS:localhost,IP:127.0.0.1\n").ok());
  OpenSsl({"x509", "-req", "-days", "2", "-in", base + ".csr", "-CA", certificate(), "-CAkey",
           (folder_.path() / "ca.key").string(), "-CAcreateserial", "-extfile", base + ".ext",
           "-out", base + ".signed"});
  for (const auto& [from, to] :
       {std::pair(base + ".new", files.key), std::pair(base + ".signed", files.certificate)}) {
    const auto text = ReadFile(from);
    EXPECT_TRUE(text.ok() && WriteFileAtomically(to, *text).ok());
  }
  return files;
}

}  // namespace sb::testing
