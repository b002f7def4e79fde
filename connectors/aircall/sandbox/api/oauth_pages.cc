#include "connectors/aircall/sandbox/api/oauth_pages.h"

#include <string_view>
#include <utility>
#include <vector>

#include "connectors/aircall/sandbox/control/page_files.h"
#include "connectors/aircall/sandbox/world/text.h"
#include "engine/base/encoding.h"

namespace sb::aircall::sandbox {
namespace {

std::vector<std::pair<const char*, const std::string&>> MembersOf(const AuthorizeRequest& request) {
  return {{"client_id", request.client_id},
          {"redirect_uri", request.redirect_uri},
          {"response_type", request.response_type},
          {"scope", request.scope},
          {"state", request.state}};
}

std::string HiddenField(const char* name, const std::string& value) {
  return "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" + HtmlEscape(value) +
         "\">\n";
}

std::string HiddenFields(const AuthorizeRequest& request) {
  std::string fields;
  for (const auto& [name, value] : MembersOf(request)) fields += HiddenField(name, value);
  return fields;
}

// `numbers_shown` tells a browser whose boxes are all empty from a script that sends the hidden
// fields only, and so takes all numbers; that is why it is a field out of sight rather than one of
// type hidden.
std::string NumberChoice(const Number& number, bool checked) {
  return "<label class=\"number\"><input type=\"checkbox\" name=\"number_ids\" value=\"" +
         std::to_string(number.id) + "\"" + (checked ? " checked" : "") + "><span>" +
         HtmlEscape(number.name) + "</span><small>" + HtmlEscape(DisplayPhone(number.e164)) +
         "</small></label>\n";
}

std::string UserChoice(const User& user, bool chosen) {
  return "<option value=\"" + std::to_string(user.id) + "\"" + (chosen ? " selected" : "") + ">" +
         HtmlEscape(user.name) + (user.admin ? " (administrator)" : "") + "</option>\n";
}

std::string SignIn(const Companies& companies, const Visitor& visitor,
                   const AuthorizeRequest& request) {
  std::string users;
  for (const auto& stage : companies.all()) {
    const Directory& directory = stage->world().directory();
    users += "<optgroup label=\"" + HtmlEscape(directory.company.name) + "\">\n";
    for (const User& user : directory.users) {
      users += UserChoice(user, visitor.user != nullptr && user.id == visitor.user->id);
    }
    users += "</optgroup>\n";
  }
  return Filled(PageFile("sign_in.html"), {{"hidden", HiddenFields(request)}, {"users", users}});
}

std::string Framed(const std::string& title, const std::string& content,
                   const std::string& below = "", const std::string& script = "") {
  return Filled(
      PageFile("frame.html"),
      {{"title", HtmlEscape(title)}, {"content", content}, {"below", below}, {"script", script}});
}

}  // namespace

std::string ConsentPage(const Companies& companies, const Visitor& visitor,
                        const AuthorizeRequest& request, const std::string& problem) {
  const World& world = visitor.stage->world();
  std::string numbers;
  for (const Number& number : world.directory().numbers) {
    numbers += NumberChoice(number, /*checked=*/problem.empty());
  }
  const std::string hidden =
      HiddenFields(request) + HiddenField("user_id", std::to_string(visitor.user->id));
  const std::string warning =
      problem.empty() ? "" : "<p class=\"problem\" role=\"alert\">" + HtmlEscape(problem) + "</p>";
  const std::string& app = world.app().client().name;
  const std::string content =
      Filled(PageFile("consent.html"), {{"app", HtmlEscape(app)},
                                        {"company", HtmlEscape(world.directory().company.name)},
                                        {"user", HtmlEscape(visitor.user->name)},
                                        {"problem", warning},
                                        {"hidden", hidden},
                                        {"numbers", numbers}});
  return Framed("Connect " + app, content, SignIn(companies, visitor, request));
}

std::string DownloadPage(const Companies& companies, const Visitor& visitor,
                         const AuthorizeRequest& request) {
  const std::string content =
      Filled(PageFile("download.html"),
             {{"user", HtmlEscape(visitor.user->name)},
              {"company", HtmlEscape(visitor.stage->world().directory().company.name)}});
  return Framed("Download Aircall", content, SignIn(companies, visitor, request));
}

std::string SuccessPage() {
  return Framed("All set",
                "<h1>All set</h1>\n<p>The app is connected. You can close this window.</p>", "",
                R"(<script src="/_sandbox/page/close.js" defer></script>)");
}

std::string NoticePage(const std::string& title, const std::string& text) {
  return Framed(title, "<h1>" + HtmlEscape(title) + "</h1>\n<p>" + HtmlEscape(text) + "</p>");
}

std::string QueryOf(const AuthorizeRequest& request) {
  std::string query;
  for (const auto& [name, value] : MembersOf(request)) {
    query += (query.empty() ? "" : "&") + std::string(name) + "=" + UrlEncode(value);
  }
  return query;
}

}  // namespace sb::aircall::sandbox
