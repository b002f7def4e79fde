#pragma once

#include <string>

#include "connectors/aircall/sandbox/stage/companies.h"
#include "connectors/aircall/sandbox/world/world.h"

namespace sb::aircall::sandbox {

/// What the authorize URL asked for; the consent form carries it on.
struct AuthorizeRequest {
  std::string client_id;
  std::string redirect_uri;
  std::string response_type;
  std::string scope;
  std::string state;
};

/// Who sits at the browser: a user of one of the companies.
struct Visitor {
  Stage* stage = nullptr;
  const User* user = nullptr;
};

/// The page on which an administrator allows the app, and on which one chooses who that is.
/// `problem` is shown above the form when not empty.
std::string ConsentPage(const Companies& companies, const Visitor& visitor,
                        const AuthorizeRequest& request, const std::string& problem);
/// Where whoever is no administrator ends, with a way back to the choice of who one is.
std::string DownloadPage(const Companies& companies, const Visitor& visitor,
                         const AuthorizeRequest& request);
/// The last page of an installation, which closes the pop-up it was opened in.
std::string SuccessPage();
/// A page without a form: a headline and one paragraph of plain text.
std::string NoticePage(const std::string& title, const std::string& text);

/// The request as the query of an authorize URL.
std::string QueryOf(const AuthorizeRequest& request);

}  // namespace sb::aircall::sandbox
