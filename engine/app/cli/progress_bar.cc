#include "engine/app/cli/progress_bar.h"

#include <string>

namespace sb::app::cli {

void DrawProgress(const Session& session, std::int64_t done, std::int64_t total, bool finished) {
  if (session.style().width == 0 || !session.WantsTable() || total == 0) return;
  constexpr int kColumns = 30;
  const auto filled = static_cast<int>(done * kColumns / total);
  session.environment().err << "\r[" << std::string(static_cast<std::size_t>(filled), '#')
                            << std::string(static_cast<std::size_t>(kColumns - filled), '-')
                            << "]  " << done * 100 / total << " %  " << done << " of " << total
                            << (finished ? "\n" : "") << std::flush;
}

}  // namespace sb::app::cli
