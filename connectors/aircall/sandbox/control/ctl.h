#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace sb::aircall::sandbox {

/// `aircall-sandbox ctl ...`: a running sandbox's control API from the command line. The commands
/// are those of the route tables. Answers go to `out` as JSON, complaints to `err`. Returns the
/// exit status: 0 done, 1 refused, 2 wrong usage, 3 no sandbox can be reached.
int RunCtl(const std::vector<std::string>& words, std::ostream& out, std::ostream& err);

}  // namespace sb::aircall::sandbox
