#include "connectors/aircall/sandbox/control/ctl.h"

#include <algorithm>
#include <cstdlib>
#include <httplib.h>
#include <iomanip>
#include <ostream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/door/router.h"
#include "engine/base/encoding.h"
#include "engine/base/file.h"

namespace sb::aircall::sandbox {
namespace {

enum Exit { kDone = 0, kWasRefused = 1, kUsage = 2, kUnreachable = 3 };

constexpr const char* kAbout = "What a test or a demo says to a running sandbox.";

struct Given {
  std::string url;
  std::string endpoints_file;
  std::string company;
  std::vector<std::string> words;
};

/// A request as the words of the command line say it.
struct Asked {
  const Route* route = nullptr;
  std::string target;
  std::string body;
};

std::vector<std::string> Split(std::string_view text, char mark) {
  std::vector<std::string> parts;
  std::istringstream stream{std::string(text)};
  for (std::string part; std::getline(stream, part, mark);) parts.push_back(part);
  return parts;
}

/// The names of the path's places: {"id"} for "/_sandbox/calls/:id".
std::vector<std::string> PlacesOf(const Route& route) {
  std::vector<std::string> places;
  for (const std::string& part : Split(route.pattern, '/')) {
    if (part.starts_with(':')) places.push_back(part.substr(1));
  }
  return places;
}

std::string CommandLineOf(const Route& route) {
  std::string line(route.command);
  for (const std::string& place : PlacesOf(route)) line += " " + place;
  return line;
}

std::string Commands() {
  std::ostringstream text;
  text << "Commands, with name=value for the fields of a body or a query:\n";
  for (const auto& table : ControlTables()) {
    for (const Route& route : table) {
      text << "  " << std::left << std::setw(24) << CommandLineOf(route) << route.what << "\n";
    }
  }
  text << R"(
Examples:
  aircall-sandbox ctl call place from=+16175550142 answered=false
  aircall-sandbox ctl clock set advance_seconds=3600
  aircall-sandbox ctl switch set rate.window=sliding rate.neighbour=60
  aircall-sandbox ctl fault add action=drop_after 'match={"method":"POST"}'

The sandbox is found by --url, by AIRCALL_SANDBOX_URL, or by --endpoints-file.
Exit status: 0 done; 1 refused; 2 wrong usage; 3 no sandbox can be reached.)";
  return text.str();
}

/// The route whose command the words begin with; the longest one wins.
const Route* RouteOf(const std::vector<std::string>& words) {
  const Route* best = nullptr;
  std::size_t longest = 0;
  for (const auto& table : ControlTables()) {
    for (const Route& route : table) {
      const auto command = Split(route.command, ' ');
      const bool fits = command.size() <= words.size() &&
                        std::equal(command.begin(), command.end(), words.begin());
      if (!fits || command.size() <= longest) continue;
      best = &route;
      longest = command.size();
    }
  }
  return best;
}

Json ValueOf(const std::string& text) {
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  // "+1617..." and other bare words are text; so is what only looks like a number with a sign.
  if (value.is_discarded() || text.starts_with('+')) return text;
  return value;
}

Error Misused(const std::string& message) {
  return Invalid("SANDBOX_CTL", message);
}

/// Puts the words in the places of the path, and the fields in the body or the query.
Result<Asked> AskedOf(const Route& route, std::vector<std::string> words,
                      const std::string& company) {
  words.erase(words.begin(),
              words.begin() + static_cast<std::ptrdiff_t>(Split(route.command, ' ').size()));
  Asked asked{&route, {}, {}};
  for (const std::string& part : Split(route.pattern, '/')) {
    if (part.empty()) continue;
    if (!part.starts_with(':')) {
      asked.target += "/" + part;
      continue;
    }
    if (words.empty()) return Misused("write: ctl " + CommandLineOf(route));
    asked.target += "/" + UrlEncode(words.front());
    words.erase(words.begin());
  }
  Json body = Json::object();
  std::string query = company.empty() ? "" : "company=" + UrlEncode(company) + "&";
  for (const std::string& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) return Misused("'" + word + "' is not name=value");
    body[word.substr(0, equals)] = ValueOf(word.substr(equals + 1));
    if (route.method == "GET") {
      query += UrlEncode(word.substr(0, equals)) + "=" + UrlEncode(word.substr(equals + 1)) + "&";
    }
  }
  if (!query.empty()) asked.target += "?" + query;
  if (route.method != "GET") asked.body = body.dump();
  return asked;
}

Result<std::string> UrlOf(const Given& given) {
  if (!given.url.empty()) return given.url;
  if (const char* from_environment = std::getenv("AIRCALL_SANDBOX_URL")) return {from_environment};
  if (given.endpoints_file.empty()) {
    return Misused("which sandbox? Give --url, --endpoints-file or AIRCALL_SANDBOX_URL");
  }
  const auto text = ReadFile(given.endpoints_file);
  if (!text.ok()) return text.error();
  const Json doc = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  const std::string url = TextMember(doc, "base_url");
  if (url.empty()) return Misused(given.endpoints_file + " holds no base_url");
  return url;
}

int Send(const std::string& url, const Asked& asked, std::ostream& out, std::ostream& err) {
  httplib::Client client(url);
  httplib::Request request;
  request.method = std::string(asked.route->method);
  request.path = asked.target;
  if (!asked.body.empty()) {
    request.body = asked.body;
    request.set_header("Content-Type", "application/json");
  }
  const auto answer = client.send(request);
  if (!answer) {
    err << "aircall-sandbox ctl: no sandbox answers at " << url << "\n";
    return kUnreachable;
  }
  const bool good = answer->status < 400;
  const Doc doc = Doc::parse(answer->body, nullptr, /*allow_exceptions=*/false);
  if (!answer->body.empty())
    (good ? out : err) << (doc.is_discarded() ? answer->body : doc.dump(2)) << "\n";
  return good ? kDone : kWasRefused;
}

int Run(const Given& given, std::ostream& out, std::ostream& err) {
  const auto complain = [&](const Error& error) {
    err << "aircall-sandbox ctl: " << error.message << "\n";
    return kUsage;
  };
  const Route* route = RouteOf(given.words);
  if (route == nullptr) {
    return complain(Misused(given.words.empty()
                                ? "say what to do; `aircall-sandbox ctl --help` lists the commands"
                                : "there is no command '" + given.words.front() +
                                      "'; `aircall-sandbox ctl --help` lists them"));
  }
  const auto asked = AskedOf(*route, given.words, given.company);
  if (!asked.ok()) return complain(asked.error());
  const auto url = UrlOf(given);
  if (!url.ok()) return complain(url.error());
  return Send(*url, *asked, out, err);
}

}  // namespace

int RunCtl(const std::vector<std::string>& words, std::ostream& out, std::ostream& err) {
  CLI::App app(kAbout, "aircall-sandbox ctl");
  app.footer(Commands());
  Given given;
  app.add_option("--url", given.url, "Where it serves, e.g. http://127.0.0.1:8600");
  app.add_option("--endpoints-file", given.endpoints_file, "The file it wrote");
  app.add_option("--company", given.company, "The id of another company than the first");
  app.add_option("command", given.words, "See below");
  try {
    // CLI11 takes its words from the back.
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem, out, err) == 0 ? kDone : kUsage;
  }
  return Run(given, out, err);
}

}  // namespace sb::aircall::sandbox
