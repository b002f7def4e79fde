#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/base/json.h"
#include "engine/edge/http.h"
#include "engine/ports/session_store.h"

namespace sb::edge {

/// The pages that people see, and what belongs to them: templates (pages/*.html) filled with
/// values, style and icon. Immutable; thread-safe.
class Pages {
 public:
  /// What is around a page besides its model.
  struct Frame {
    /// Forms may lead to this server, and from there on to these ("https://dashboard.aircall.io"):
    /// a browser applies the policy to redirects of a form as well.
    std::vector<std::string> form_targets = {};
    ports::Branding branding = {};
    std::string opener = {};  ///< The origin whose window opened this one; empty: none is told.
    Json report = {};         ///< What that window is told; null: nothing.
  };

  /// Page `name` ("connect") around its model: {{title}} is the title of the document, everything
  /// is escaped.
  static Reply Render(int status, const std::string& name, const Json& model, const Frame& frame);

  static Reply Render(int status, const std::string& name, const Json& model) {
    return Render(status, name, model, Frame{});
  }

  /// A page that says one thing. `tone`: "good", "bad" or "calm".
  struct Message {
    int status = 200;
    std::string tone = "calm";
    std::string title;
    std::string text;
    std::string link;  ///< Empty: no button.
    std::string link_label;
    std::string back = {};  ///< Back to the platform; empty: no way back.
  };

  static Reply Say(const Message& message, const Frame& frame);

  static Reply Say(const Message& message) { return Say(message, Frame{}); }

  /// "/assets/style.css" and its like, and the platforms' "/connect.js", with an ETag; nothing when
  /// there is no such file.
  static std::optional<Reply> Asset(const Request& request);
};

/// Scheme, host and port of a URL, as a source in a content security policy; empty when it has
/// none.
std::string OriginOf(const std::string& url);

}  // namespace sb::edge
