#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/edge/http.h"

namespace sb::edge {

/// The pages that people see, and what belongs to them: templates (pages/*.html) filled with
/// values, style and icon. Immutable; thread-safe.
class Pages {
 public:
  /// Page `name` ("connect") around its model: {{title}} is the title of the document, everything
  /// is escaped. Forms may lead to this server, and from there on to `form_targets`
  /// ("https://dashboard.aircall.io"): a browser applies the policy to redirects of a form as well.
  static Reply Render(int status, const std::string& name, const Json& model,
                      const std::vector<std::string>& form_targets = {});

  /// A page that says one thing. `tone`: "good", "bad" or "calm".
  struct Message {
    int status = 200;
    std::string tone = "calm";
    std::string title;
    std::string text;
    std::string link;  ///< Empty: no button.
    std::string link_label;
  };

  static Reply Say(const Message& message);

  /// "/assets/style.css" and its like, with an ETag; nothing when there is no such file.
  static std::optional<Reply> Asset(const Request& request);
};

/// Scheme, host and port of a URL, as a source in a content security policy; empty when it has
/// none.
std::string OriginOf(const std::string& url);

}  // namespace sb::edge
