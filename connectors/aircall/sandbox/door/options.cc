#include "connectors/aircall/sandbox/door/options.h"

#include <iostream>
#include <vector>

#include <CLI/CLI.hpp>

#include "connectors/aircall/sandbox/life/profile.h"
#include "connectors/aircall/sandbox/world/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr const char* kAbout =
    "Aircall on this machine: its REST API, OAuth, webhooks and rate limit, with a seeded company\n"
    "held in memory and a control API to simulate calls and faults. Its address, opened in a\n"
    "browser, shows the company, with buttons.";

constexpr const char* kMore = R"(Example:
  aircall-sandbox --listen 127.0.0.1:8600 --endpoints-file sandbox.json &
  key=$(jq -r '.api_id + ":" + .api_token' sandbox.json)
  curl -u "$key" http://127.0.0.1:8600/v1/company
  curl -X POST http://127.0.0.1:8600/_sandbox/calls \
       -d '{"direction": "inbound", "from": "+16175550142", "answered": false}'

The same from the command line: `aircall-sandbox ctl call place from=+16175550142 answered=false`;
`aircall-sandbox ctl --help` lists what it can do.

The control API below /_sandbox needs no credential, and the credentials are made from the seed:
this is a tool for development. Keep it on a loopback address.)";

std::string ChoicesOf(const SwitchInfo& row) {
  if (row.choices.empty()) return "NUMBER (" + std::to_string(row.number.usual) + ")";
  std::string text;
  for (const std::string_view choice : row.choices) {
    if (!text.empty()) text += "|";
    text += choice;
  }
  return text;
}

/// The table of all switches, as `--switches` prints it.
std::string SwitchTable() {
  std::string text =
      "Each point is answered as recorded on the wire unless --set NAME=VALUE says otherwise.\n"
      "The first choice, or the number in brackets, is the default; * stands for any letters:\n"
      "--set '*.create_status=201'.\n\n";
  for (const SwitchInfo& row : AllSwitches()) {
    text += std::string(row.name) + " = " + ChoicesOf(row) + "\n    " + std::string(row.help);
    if (row.documented) text += "; reference: " + std::string(*row.documented);
    text += "\n";
  }
  return text;
}

Error Wrong(const std::string& message) {
  return Invalid("SANDBOX_OPTION", message);
}

/// The values as typed, before they are understood.
struct Typed {
  std::string listen = "127.0.0.1:0";
  std::vector<std::string> switches;
  std::optional<int> rate_limit;
  bool follow_reference = false;
  bool list_switches = false;
};

Status Understand(const Typed& typed, Options& options) {
  if (Status status = ReadListen(typed.listen, options.sandbox); !status.ok()) return status;
  Switches& switches = options.sandbox.world.switches;
  if (typed.follow_reference) switches.FollowReference();
  if (typed.rate_limit) {
    Status status = switches.Set("rate.limit", std::to_string(*typed.rate_limit));
    if (!status.ok()) return status;
  }
  for (const std::string& text : typed.switches) {
    if (Status status = switches.SetFromText(text); !status.ok()) return status;
  }
  return {};
}

// Line breaks stand where 100 columns end; the library does not wrap.
void DeclareCompany(CLI::App& app, SandboxSettings& sandbox) {
  WorldSettings& world = sandbox.world;
  app.add_option("--seed", world.seed, "Ids, tokens, credentials and people follow from it")
      ->type_name("NUMBER")
      ->capture_default_str();
  app.add_option("--companies", sandbox.companies, "How many companies to hold, each on its own")
      ->check(CLI::Range(1, 100))
      ->type_name("NUMBER")
      ->capture_default_str();
  app.add_option("--profile", world.profile,
                 "How large the first day finds the company: the cast alone, or with\n"
                 "months of history: bare, small, medium, large")
      ->check(CLI::IsMember(ProfileNames()))
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--traffic", world.calls_per_hour,
                 "Calls an hour that happen by themselves, with edits and people\n"
                 "coming and going beside them; ctl traffic set says more")
      ->check(CLI::Range(0, 360'000))
      ->type_name("NUMBER")
      ->capture_default_str();
  app.add_option("--app-name", world.app_name, "The OAuth app, as the consent page names it")
      ->type_name("TEXT")
      ->capture_default_str();
  app.add_option("--redirect-uri", world.redirect_uris,
                 "Return address registered for the OAuth app, compared letter by\n"
                 "letter; repeatable. Without it any http or https address on this\n"
                 "machine is accepted")
      ->type_name("URL")
      ->allow_extra_args(false);
  app.add_option("--install-uri", world.install_uri,
                 "The app's page where an install begun in Aircall starts; the page at /\n"
                 "opens it from its Install button")
      ->type_name("URL");
}

void DeclareBehaviour(CLI::App& app, Typed& typed) {
  app.add_option("--set", typed.switches,
                 "Answer one doubtful point another way, e.g.\n"
                 "contacts.create_status=201; repeatable. --switches lists them")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  app.add_flag("--follow-reference", typed.follow_reference,
               "Answer as the reference says wherever it differs from recordings");
  app.add_option("--rate-limit", typed.rate_limit, "The same as --set rate.limit=NUMBER; 0 is none")
      ->check(CLI::NonNegativeNumber)
      ->type_name("NUMBER");
  app.add_flag("--switches", typed.list_switches, "List every switch with its choices, and end");
  app.set_config("--config", "", "Read options from a file, one name=value a line")
      ->type_name("FILE");
}

void Declare(CLI::App& app, Typed& typed, Options& options) {
  app.add_option("--listen", typed.listen, "Address to serve on; port 0 picks a free one")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  app.add_option("--endpoints-file", options.endpoints_file,
                 "Write addresses and credentials to this file as JSON, readable by\n"
                 "its owner only (mode 0600); removed again at the end")
      ->type_name("FILE");
  DeclareCompany(app, options.sandbox);
  DeclareBehaviour(app, typed);
}

}  // namespace

std::optional<Options> ParseOptions(int argc, const char* const* argv, int& exit_code) {
  CLI::App app(kAbout, "aircall-sandbox");
  app.footer(kMore);
  app.get_formatter()->column_width(30);
  Typed typed;
  Options options;
  Declare(app, typed, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    exit_code = app.exit(problem) == 0 ? 0 : 2;
    return {};
  }
  if (typed.list_switches) {
    std::cout << SwitchTable();
    return {};
  }
  if (Status status = Understand(typed, options); !status.ok()) {
    std::cerr << "aircall-sandbox: " << status.error().message << "\n";
    exit_code = 2;
    return {};
  }
  return options;
}

Status ReadListen(const std::string& text, SandboxSettings& settings) {
  const auto colon = text.rfind(':');
  const auto port =
      ParseInteger(colon == std::string::npos ? "" : std::string_view(text).substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) {
    return Wrong("--listen is '" + text + "': write host:port, e.g. 127.0.0.1:8600");
  }
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!host.empty()) settings.host = host;
  settings.port = static_cast<int>(*port);
  return {};
}

}  // namespace sb::aircall::sandbox
