#include "tests/support/temp_dir.h"

#include <cstdlib>
#include <string>
#include <sys/stat.h>

namespace sb::testing {

TempDir::TempDir() {
  std::string name = "/tmp/switchboard-test-XXXXXX";
  if (mkdtemp(name.data()) == nullptr || chmod(name.c_str(), 0711) != 0) std::abort();
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

}  // namespace sb::testing
