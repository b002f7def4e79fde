#include "connectors/aircall/sandbox/options.h"

#include <iostream>
#include <vector>

#include <CLI/CLI.hpp>

#include "connectors/aircall/sandbox/text.h"

namespace sb::aircall::sandbox {
namespace {

constexpr const char* kAbout =
    "Aircall on this machine: its REST API, OAuth, webhooks and rate limit, with a seeded company\n"
    "held in memory and a control API to simulate calls and faults.";

constexpr const char* kMore = R"(Example:
  aircall-sandbox --listen 127.0.0.1:8600 --endpoints-file sandbox.json &
  key=$(jq -r '.api_id + ":" + .api_token' sandbox.json)
  curl -u "$key" http://127.0.0.1:8600/v1/company
  curl -X POST http://127.0.0.1:8600/sandbox/calls \
       -d '{"direction": "inbound", "from": "+16175550142", "answered": false}'

The control API below /sandbox needs no credential, and the credentials are made from the seed:
this is a tool for development. Keep it on a loopback address. GET /sandbox lists the control API.)";

std::string SwitchHelp() {
  std::string text = "Answer one doubtful point another way; repeatable:";
  for (const SwitchInfo& row : AllSwitches()) {
    text += "\n  " + std::string(row.name) + "=";
    for (const std::string_view choice : row.choices) {
      if (choice != row.choices.front()) text += "|";
      text += choice;
    }
    text += "\n      " + std::string(row.help);
  }
  return text + "\nThe first choice is the default";
}

Error Wrong(const std::string& message) {
  return Invalid("SANDBOX_OPTION", message);
}

/// The values as typed, before they are understood.
struct Typed {
  std::string listen = "127.0.0.1:0";
  std::vector<std::string> switches;
  long long webhook_timeout_ms = 5000;
};

Status Understand(const Typed& typed, Options& options) {
  if (Status status = ReadListen(typed.listen, options.sandbox); !status.ok()) return status;
  for (const std::string& text : typed.switches) {
    Status status = options.sandbox.stage.world.switches.SetFromText(text);
    if (!status.ok()) return status;
  }
  options.sandbox.stage.retries.timeout = Millis(typed.webhook_timeout_ms);
  return {};
}

// Line breaks stand where 100 columns end; the library does not wrap.
void Declare(CLI::App& app, Typed& typed, Options& options) {
  StageSettings& stage = options.sandbox.stage;
  app.add_option("--listen", typed.listen, "Address to serve on; port 0 picks a free one")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  app.add_option("--endpoints-file", options.endpoints_file,
                 "Write addresses and credentials to this file as JSON, readable by\n"
                 "its owner only (mode 0600); removed again at the end")
      ->type_name("FILE");
  app.add_option("--seed", stage.world.seed, "Ids, tokens and credentials follow from it")
      ->type_name("NUMBER")
      ->capture_default_str();
  app.add_option("--rate-limit", stage.rate_limit,
                 "Requests a minute for the company, all credentials together;\n0 switches it off")
      ->check(CLI::NonNegativeNumber)
      ->type_name("NUMBER")
      ->capture_default_str();
  app.add_option("--app-name", stage.world.app_name, "The OAuth app, as the consent page names it")
      ->type_name("TEXT")
      ->capture_default_str();
  app.add_option("--redirect-uri", stage.world.redirect_uris,
                 "Return address registered for the OAuth app, compared letter by\n"
                 "letter; repeatable. Without it any http or https address on this\n"
                 "machine is accepted")
      ->type_name("URL")
      ->allow_extra_args(false);
  app.add_option("--webhook-timeout-ms", typed.webhook_timeout_ms,
                 "How long a webhook receiver may take to answer")
      ->check(CLI::PositiveNumber)
      ->type_name("NUMBER")
      ->capture_default_str();
  app.add_option("--switch", typed.switches, SwitchHelp())
      ->type_name("NAME=CHOICE")
      ->allow_extra_args(false);
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
