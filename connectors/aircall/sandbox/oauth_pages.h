#pragma once

#include <string>

#include "connectors/aircall/sandbox/world.h"

namespace sb::aircall::sandbox {

/// What the authorize URL asked for; the consent form carries it on.
struct AuthorizeRequest {
  std::string client_id;
  std::string redirect_uri;
  std::string response_type;
  std::string scope;
  std::string state;
};

/// The page on which an administrator allows the app. `problem` is shown above the form when not
/// empty.
std::string ConsentPage(const World& world, const AuthorizeRequest& request,
                        const std::string& problem);
/// A page without a form: a headline and one paragraph of plain text.
std::string NoticePage(const std::string& title, const std::string& text);

}  // namespace sb::aircall::sandbox
