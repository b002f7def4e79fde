#include "engine/app/cli/command_line.h"

#include <map>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "engine/app/cli/account_commands.h"
#include "engine/app/cli/api_key_commands.h"
#include "engine/app/cli/application_commands.h"
#include "engine/app/cli/connector_commands.h"
#include "engine/app/cli/destination_commands.h"
#include "engine/app/cli/erasure_commands.h"
#include "engine/app/cli/event_commands.h"
#include "engine/app/cli/key_commands.h"
#include "engine/app/cli/link_commands.h"
#include "engine/app/cli/quota_commands.h"
#include "engine/app/cli/record_commands.h"
#include "engine/app/cli/recording_commands.h"
#include "engine/app/cli/report_commands.h"
#include "engine/app/cli/run_commands.h"
#include "engine/app/cli/secret_commands.h"
#include "engine/app/cli/session.h"
#include "engine/app/cli/sync_commands.h"
#include "engine/app/cli/workflow_commands.h"

namespace sb::app::cli {
namespace {

constexpr const char* kFooter = R"(First steps:
  switchboard serve                                  start the server (in another terminal)
  switchboard account connect --tenant acme --wait   print a link that connects an account
  switchboard workflow deploy follow-up.yaml         check and store a workflow
  switchboard workflow enable acme/follow-up --all-accounts
  switchboard run list                               see what it did

Global options may stand anywhere. The server is found by endpoints.json and admin.key in the data
directory, or by --endpoint and --api-key-file.

Exit status: 0 done; 1 the request was refused, or a check failed; 2 wrong usage; 3 no server can
be reached. Output for scripts: -o json. Colours are left out when NO_COLOR is set or the output is
no terminal.)";

/// Commands whose answers people put into spreadsheets.
bool HasCsv(const std::string& command) {
  return command == "report" || command == "windows" || command == "rejects" ||
         command == "skips" || command == "deliveries";
}

/// Where all commands stand: made before parsing, used after it.
struct Grammar {
  const Environment& environment;
  GlobalOptions& options;
  Chosen& chosen;

  /// A command below `parent`. `run` gets the options that the command line filled in.
  template <typename Options>
  CLI::App* Add(CLI::App* parent, const std::string& name, const std::string& description,
                const std::string& example, std::shared_ptr<Options> given,
                std::function<int(Session&, const Options&)> run) const {
    CLI::App* command = parent->add_subcommand(name, description);
    command->footer("Example:\n  " + example +
                    "\n\nGlobal options (-o, --data-dir, --endpoint ...): switchboard --help");
    command->fallthrough();
    const bool has_csv = HasCsv(name);
    command->callback([this, given, run, has_csv] {
      chosen = [this, given, run, has_csv] {
        Session session(environment, options);
        if (options.output == "csv" && !has_csv)
          return session.Misuse(
              "-o csv is for `report`, `sync windows`, `sync rejects`, `sync "
              "skips` and `destination deliveries`",
              "use -o json here");
        return run(session, *given);
      };
    });
    return command;
  }
};

CLI::App* AddNoun(CLI::App& app, const std::string& name, const std::string& description) {
  CLI::App* noun = app.add_subcommand(name, description);
  noun->footer("`switchboard " + name +
               " COMMAND --help` shows the options of a command and an example.");
  noun->fallthrough();
  noun->require_subcommand(1);
  return noun;
}

template <typename Options>
void AddPaging(CLI::App* command, const std::shared_ptr<Options>& options) {
  command->add_option("--limit", options->limit, "At most this many (1 to 1000; otherwise 50)")
      ->check(CLI::Range(1, 1000));
  command->add_option("--page-token", options->page_token, "Continue where an earlier list ended");
}

/// What the page behind the link offers, and how it looks.
void AddConnectPage(CLI::App* command, const std::shared_ptr<ConnectOptions>& options) {
  command
      ->add_option("--method", options->methods,
                   "Offer only this way of connecting: oauth or api-key; repeatable")
      ->check(CLI::IsMember({"oauth", "api-key"}));
  command->add_option("--account", options->account,
                      "Connect this account again, such as acc_01hv3k7q8s0g, and keep its id");
  command->add_option("--opener-origin", options->opener_origin,
                      "Origin of the page that opens the link in a pop-up and is told of its end");
  command->add_option("--brand-name", options->brand_name, "The product that people know");
  command->add_option("--brand-logo", options->brand_logo, "https or data:image address of a logo");
  command->add_option("--brand-accent", options->brand_accent,
                      "Colour of buttons and links, such as #0f5c5c");
  command->add_option("--brand-background", options->brand_background,
                      "Colour behind the card, such as #f4f5f2");
  command->add_option("--brand-text", options->brand_text, "A sentence of your own on the page");
}

void AddAccountConnect(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<ConnectOptions>();
  CLI::App* command = grammar.Add<ConnectOptions>(
      noun, "connect", "Connect an account: print a link for the browser, or use an API key",
      "switchboard account connect --tenant acme --wait\n"
      "  switchboard account connect --tenant acme --api-id 1a2b3c --api-token-stdin < "
      "token.txt\n"
      "  switchboard account connect --tenant acme --connector samplecrm --credential key.json\n\n"
      "The API token is never taken from the command line: other users would see it in the list of "
      "processes, and\n"
      "the shell keeps it in its history.",
      options, ConnectAccount);
  command->add_option("--tenant", options->tenant, "Your own id of the customer")
      ->capture_default_str();
  command->add_option("--connector", options->connector, "The provider")->capture_default_str();
  command->add_option("--return-url", options->return_url,
                      "Where the browser goes at the end (see serve --return-url-allow)");
  AddConnectPage(command, options);
  command->add_flag("--wait", options->wait, "Wait until the account is connected, and show it");
  auto* id =
      command->add_option("--api-id", options->api_id, "Connect with an API key instead: its id");
  auto* from_stdin = command->add_flag("--api-token-stdin", options->api_token_stdin,
                                       "Read the key's token from standard input");
  auto* from_file =
      command->add_option("--api-token-file", options->api_token_file,
                          "Read the key's token from a file (otherwise: SWITCHBOARD_API_TOKEN)");
  command
      ->add_option("--credential", options->credential,
                   "Connect with an API key of any connector: a JSON file with its fields, such as "
                   "{\"key\": \"...\"}, or - for standard input")
      ->excludes(id);
  from_stdin->needs(id);
  from_file->needs(id)->excludes(from_stdin);
}

void AddAccountList(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<ListAccountsOptions>();
  CLI::App* command = grammar.Add<ListAccountsOptions>(
      noun, "list", "List the accounts, newest first", "switchboard account list --tenant acme",
      options, ListAccounts);
  command->add_option("--tenant", options->tenant, "Only of this tenant");
  command->add_option("--connector", options->connector, "Only of this provider");
  command->add_flag("--disconnected", options->disconnected, "Disconnected ones too");
  AddPaging(command, options);
}

/// A command that takes the id of one thing and nothing else.
void AddOnId(const Grammar& grammar, CLI::App* noun, const std::string& name,
             const std::string& description, const std::string& argument,
             const std::string& example_id, std::function<int(Session&, const std::string&)> run) {
  auto id = std::make_shared<std::string>();
  CLI::App* command = grammar.Add<std::string>(
      noun, name, description, "switchboard " + noun->get_name() + " " + name + " " + example_id,
      id, std::move(run));
  command->add_option(argument, *id, "Such as " + example_id)->required();
}

void AddAccountHistory(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<AccountHistoryOptions>();
  CLI::App* command = grammar.Add<AccountHistoryOptions>(
      noun, "history", "How an account came to its state: when, why and by whom",
      "switchboard account history acc_01hv3k7q8s0g", options, ShowAccountHistory);
  command->add_option("account", options->account, "Such as acc_01hv3k7q8s0g")->required();
  AddPaging(command, options);
}

void AddAccountGaps(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<ListGapsOptions>();
  CLI::App* command = grammar.Add<ListGapsOptions>(
      noun, "gaps", "When events may have been missed, and how many of them were recovered",
      "switchboard account gaps acc_01hv3k7q8s0g", options, ListGaps);
  command->add_option("account", options->account, "Such as acc_01hv3k7q8s0g")->required();
  AddPaging(command, options);
}

void AddAccountCheck(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command = grammar.Add<CheckOptions>(
      noun, "check", "Look at all that an account needs (exit status 1 if anything is not well)",
      "switchboard account check acc_01hv3k7q8s0g --known-emails team.txt\n\n"
      "It asks the provider a few times and says how often.",
      options, CheckAccount);
  command->add_option("account", options->account, "Such as acc_01hv3k7q8s0g")->required();
  command->add_option("--known-emails", options->known_emails,
                      "A file with the e-mail addresses of your own users, one a line (- is "
                      "standard input): agents who are not among them are named");
}

void AddAccountDisconnect(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<DisconnectOptions>();
  CLI::App* command = grammar.Add<DisconnectOptions>(
      noun, "disconnect", "Remove our webhook, destroy the credential, keep or erase the data",
      "switchboard account disconnect acc_01hv3k7q8s0g\n"
      "  switchboard account disconnect acc_01hv3k7q8s0g --erase --yes",
      options, DisconnectAccount);
  command->add_option("account", options->account, "Such as acc_01hv3k7q8s0g")->required();
  command->add_flag("--erase", options->erase,
                    "Erase its events, runs, journals, dead letters and profile, too; live runs "
                    "are cancelled");
  command->add_flag("--yes", options->yes, "Do not ask before erasing");
}

void AddAccountCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun = AddNoun(app, "account",
                           "Connect the provider logins of your customers, and see how they are");
  AddAccountConnect(grammar, noun);
  AddAccountList(grammar, noun);
  const std::string id = "acc_01hv3k7q8s0g";
  AddOnId(grammar, noun, "get", "Show one account", "account", id, GetAccount);
  AddAccountCheck(grammar, noun);
  AddAccountHistory(grammar, noun);
  AddAccountGaps(grammar, noun);
  AddAccountDisconnect(grammar, noun);
}

void AddErasureCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun = AddNoun(app, "erasure", "Erase people out of what is stored, and see what was");
  auto options = std::make_shared<ErasePersonOptions>();
  CLI::App* person = grammar.Add<ErasePersonOptions>(
      noun, "person", "Erase one person by phone number, e-mail address, or both",
      "switchboard erasure person --tenant acme --phone '+33 6 12 34 56 78' --dry-run\n"
      "  switchboard erasure person --tenant acme --phone '+33 6 12 34 56 78' --email "
      "jane@example.com --yes\n\n"
      "They are found in any spelling, in events, runs, journals, dead letters and users, and "
      "replaced by [erased]; rows stay.\nIt goes on when you press Ctrl-C, and after a restart. "
      "Runs "
      "that hold the person and have not ended are named: it waits for them.",
      options, ErasePerson);
  person->add_option("--tenant", options->tenant, "Your own id of the customer");
  person->add_option("--account", options->account,
                     "Only out of this account's data (otherwise: all of the tenant)");
  person->add_option("--phone", options->phone, "With its country, in any spelling");
  person->add_option("--email", options->email, "In any case of letters");
  person->add_flag("--dry-run", options->dry_run, "Only count the rows that would be changed");
  person->add_flag("--yes", options->yes, "Do not ask");
  person->add_flag("--no-wait", options->no_wait, "Do not wait until it is done");
  AddOnId(grammar, noun, "get", "Show one erasure, and how far it is", "erasure",
          "ers_01hv3k7q8s0g", GetErasure);
  auto list = std::make_shared<ListErasuresOptions>();
  CLI::App* command =
      grammar.Add<ListErasuresOptions>(noun, "list", "List the erasures, newest first",
                                       "switchboard erasure list", list, ListErasures);
  command->add_option("--tenant", list->tenant, "Only of this tenant");
  AddPaging(command, list);
}

void AddWorkflowSwitch(const Grammar& grammar, CLI::App* noun, const std::string& name,
                       const std::string& description,
                       std::function<int(Session&, const SwitchOptions&)> run) {
  auto options = std::make_shared<SwitchOptions>();
  CLI::App* command = grammar.Add<SwitchOptions>(
      noun, name, description,
      "switchboard workflow " + name + " acme/follow-up --all-accounts\n  switchboard workflow " +
          name + " acme/follow-up:1.0.0 --account acc_01hv3k7q8s0g",
      options, std::move(run));
  command
      ->add_option("workflow", options->workflow,
                   "wfv_..., namespace/name (the newest) or namespace/name:version")
      ->required();
  auto* account = command->add_option("--account", options->account, "For this account");
  command->add_flag("--all-accounts", options->all_accounts, "For every account, also later ones")
      ->excludes(account);
}

void AddWorkflowFiles(const Grammar& grammar, CLI::App* noun) {
  auto file = std::make_shared<std::string>();
  grammar
      .Add<std::string>(noun, "validate",
                        "Check a definition and show every fault with line and column",
                        "switchboard workflow validate follow-up.yaml", file, ValidateWorkflow)
      ->add_option("file", *file, "The YAML; - is standard input")
      ->required();
  auto schema_file = std::make_shared<std::string>();
  grammar
      .Add<std::string>(
          noun, "schema",
          "Print the JSON Schema of definitions, with which an editor completes and checks them",
          "switchboard workflow schema --file switchboard.schema.json\n"
          "  and in the first line of a definition:\n"
          "  # yaml-language-server: $schema=switchboard.schema.json",
          schema_file, ShowWorkflowSchema)
      ->add_option("--file", *schema_file, "Write it there instead of printing it");
  auto options = std::make_shared<DeployOptions>();
  CLI::App* deploy = grammar.Add<DeployOptions>(
      noun, "deploy", "Check and store a version; enable it afterwards",
      "switchboard workflow deploy follow-up.yaml", options, DeployWorkflow);
  deploy->add_option("file", options->file, "The YAML; - is standard input")->required();
  deploy->add_flag("--validate-only", options->validate_only, "Do everything but store it");
}

void AddWorkflowCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun = AddNoun(app, "workflow", "Check, store and switch workflow definitions");
  AddWorkflowFiles(grammar, noun);
  AddWorkflowSwitch(grammar, noun, "enable", "Switch a version on for one account or for all",
                    EnableWorkflow);
  AddWorkflowSwitch(grammar, noun, "disable", "Switch a workflow off for one account or for all",
                    DisableWorkflow);
  auto list = std::make_shared<ListWorkflowsOptions>();
  AddPaging(
      grammar.Add<ListWorkflowsOptions>(noun, "list", "List the deployed versions, newest first",
                                        "switchboard workflow list", list, ListWorkflows),
      list);
  auto get = std::make_shared<GetWorkflowOptions>();
  CLI::App* command = grammar.Add<GetWorkflowOptions>(
      noun, "get", "Show one version", "switchboard workflow get acme/follow-up --source", get,
      GetWorkflow);
  command
      ->add_option("workflow", get->workflow,
                   "wfv_..., namespace/name (the newest) or namespace/name:version")
      ->required();
  command->add_flag("--source", get->source, "Print its YAML and nothing else");
}

void AddRunStart(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<StartOptions>();
  CLI::App* command =
      grammar.Add<StartOptions>(noun, "start", "Start a run of a workflow for an account",
                                "switchboard run start acme/follow-up --account acc_01hv3k7q8s0g "
                                "--input '{\"call_id\": 4190000017}' --watch",
                                options, StartRun);
  command
      ->add_option("workflow", options->workflow,
                   "wfv_..., namespace/name (the newest) or namespace/name:version")
      ->required();
  command->add_option("--account", options->account, "The account it works for")->required();
  auto* input = command
                    ->add_option("--input", options->input,
                                 "JSON object; @file reads it from a file, - from standard input")
                    ->capture_default_str();
  auto* inputs = command
                     ->add_option("--inputs", options->inputs,
                                  "Many runs: a file with a JSON object on each line; - is "
                                  "standard input")
                     ->excludes(input);
  command->add_option("--request-id", options->request_id,
                      "Repeating the same id starts nothing twice; with --inputs, line 7 has the "
                      "id ID-7");
  command->add_flag("--watch", options->watch, "Follow it to its end")->excludes(inputs);
}

void AddRunList(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<ListRunsOptions>();
  CLI::App* command = grammar.Add<ListRunsOptions>(noun, "list", "List the runs, newest first",
                                                   "switchboard run list --state failed --limit 10",
                                                   options, ListRuns);
  command->add_option("--account", options->account, "Only of this account");
  command->add_option("--workflow", options->workflow, "Only of this workflow version");
  command->add_option("--state", options->state,
                      "Only running, parked, succeeded, failed or cancelled ones");
  command->add_option("--filter", options->filter,
                      "Such as 'state = FAILED AND create_time >= 2026-06-01'; fields: account, "
                      "tenant, workflow, state, event, create_time, note");
  AddPaging(command, options);
}

constexpr const char* kFilterHelp =
    "Conditions joined by AND (AIP-160); a wrong one is answered with what there is";

constexpr const char* kFromFailedTaskHelp =
    "Of retry: begin at the task that failed, and take over what was done before it";

void AddRunBulk(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<BulkOptions>();
  CLI::App* command = grammar.Add<BulkOptions>(
      noun, "bulk", "Cancel, retry, resume or suspend every run that a filter finds",
      "switchboard run bulk retry --filter 'state = FAILED AND workflow = acme/follow-up'\n"
      "  switchboard run bulk cancel --filter 'tenant = acme' --yes\n\n"
      "It shows how many there are and asks, unless --yes is given. Interrupted, it may simply be "
      "repeated: what is done stays done.\nRetries need the same --request-id for that.",
      options, BulkRuns);
  command->add_option("action", options->action, "cancel, retry, resume or suspend")
      ->required()
      ->check(CLI::IsMember({"cancel", "retry", "resume", "suspend"}));
  command->add_option("--filter", options->filter, kFilterHelp)->required();
  command->add_flag("--from-failed-task", options->from_failed_task, kFromFailedTaskHelp);
  command->add_flag("--validate-only", options->validate_only, "Only count, and show a sample");
  command->add_flag("--yes", options->yes, "Do not ask");
  command->add_option("--reason", options->reason, "Of cancel and suspend: why, for people");
  command->add_option("--request-id", options->request_id,
                      "Repeating the same id retries no run twice");
}

void AddRunRetry(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<RetryOptions>();
  CLI::App* command = grammar.Add<RetryOptions>(
      noun, "retry", "Do a failed or cancelled run again, as a new run with the same input",
      "switchboard run retry run_01hv3k7q8s0g --from-failed-task --watch", options, RetryRun);
  command->add_option("run", options->run, "Such as run_01hv3k7q8s0g")->required();
  command->add_flag("--from-failed-task", options->from_failed_task, kFromFailedTaskHelp);
  command->add_option("--request-id", options->request_id,
                      "Repeating the same id starts nothing twice");
  command->add_flag("--watch", options->watch, "Follow it to its end");
}

struct CancelOptions {
  std::string run;
  std::string reason;
};

void AddRunCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun = AddNoun(app, "run", "Start, follow and steer executions of workflows");
  const std::string id = "run_01hv3k7q8s0g";
  AddRunStart(grammar, noun);
  AddRunList(grammar, noun);
  AddOnId(grammar, noun, "get", "Show one run with its tasks", "run", id, GetRun);
  AddOnId(grammar, noun, "watch",
          "Follow a run to its end, line by line (exit status 1 unless it succeeds)", "run", id,
          WatchRun);
  auto options = std::make_shared<CancelOptions>();
  CLI::App* cancel = grammar.Add<CancelOptions>(
      noun, "cancel", "End a run; what was sent to the provider is not taken back",
      "switchboard run cancel " + id + " --reason 'wrong workflow'", options,
      [](Session& session, const CancelOptions& given) {
        return CancelRun(session, given.run, given.reason);
      });
  cancel->add_option("run", options->run, "Such as " + id)->required();
  cancel->add_option("--reason", options->reason, "Why, for people");
  auto held = std::make_shared<CancelOptions>();
  CLI::App* suspend = grammar.Add<CancelOptions>(
      noun, "suspend", "Hold a run until it is resumed; what is under way may end",
      "switchboard run suspend " + id + " --reason 'the provider is being repaired'", held,
      [](Session& session, const CancelOptions& given) {
        return SuspendRun(session, given.run, given.reason);
      });
  suspend->add_option("run", held->run, "Such as " + id)->required();
  suspend->add_option("--reason", held->reason, "Why, for people");
  AddOnId(grammar, noun, "resume", "Continue a parked or suspended run", "run", id, ResumeRun);
  AddRunRetry(grammar, noun);
  AddRunBulk(grammar, noun);
  AddOnId(grammar, noun, "timeline", "Draw what a run did, and when it waited", "run", id,
          ShowTimeline);
}

constexpr const char* kEventFilterHelp =
    "Such as 'type = io.aircall.call.ended AND receive_time >= 2026-06-01'; fields: account, "
    "tenant, type, subject, origin, receive_time, occur_time";

void AddEventPublish(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<PublishOptions>();
  CLI::App* command = grammar.Add<PublishOptions>(
      noun, "publish", "Hand an event in, as if its account had sent it",
      "switchboard event publish --account acc_01hv3k7q8s0g --id order-17 "
      "--type com.example.order.placed --data '{\"total\": 12.5}'",
      options, PublishEvent);
  command->add_option("--account", options->account, "Where it counts as happened")->required();
  command->add_option("--id", options->id, "Your id of it: the same id again does nothing")
      ->required();
  command->add_option("--type", options->type, "Such as com.example.order.placed")->required();
  command->add_option("--subject", options->subject, "What it is about: orders/17");
  command
      ->add_option("--data", options->data,
                   "JSON object; @file reads it from a file, - from standard input")
      ->capture_default_str();
}

void AddEventWatch(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<WatchEventsOptions>();
  CLI::App* command = grammar.Add<WatchEventsOptions>(
      noun, "watch", "Follow the events as they are stored, until you stop it",
      "switchboard event watch --filter 'tenant = acme' --lifecycle", options, WatchEvents);
  command->add_option("--filter", options->filter, kEventFilterHelp);
  command->add_flag("--lifecycle", options->lifecycle, "Tell the steps in the lives of runs, too");
  command->add_option("--resume-token", options->resume_token, "Go on where an earlier one ended");
  command->add_option("--count", options->count, "Stop after so many")
      ->check(CLI::Range(1, 1000000));
}

void AddEventReplay(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<ReplayOptions>();
  CLI::App* command = grammar.Add<ReplayOptions>(
      noun, "replay", "Do the work of past events again with a workflow of your choice",
      "switchboard event replay acme/follow-up:1.1.0 --filter 'receive_time >= 2026-06-01' "
      "--dry-run\n"
      "  switchboard event replay acme/follow-up:1.1.0 --filter 'receive_time >= 2026-06-01' "
      "--replay-id june",
      options, ReplayEvents);
  command
      ->add_option("workflow", options->workflow,
                   "wfv_..., namespace/name (the newest) or namespace/name:version")
      ->required();
  command->add_option("--filter", options->filter, kEventFilterHelp)->required();
  command->add_flag("--dry-run", options->dry_run, "Only show what would be called");
  command->add_option("--replay-id", options->replay_id,
                      "Its name: the same name again starts nothing twice");
  command->add_option("--max-events", options->max_events, "Refuse more than this (otherwise 1000)")
      ->check(CLI::Range(1, 100000));
  command->add_flag("--yes", options->yes, "Do not ask");
}

void AddEventCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun = AddNoun(app, "event", "Hand events in, see them, follow them, replay them");
  AddEventPublish(grammar, noun);
  auto options = std::make_shared<ListEventsOptions>();
  CLI::App* list = grammar.Add<ListEventsOptions>(
      noun, "list", "List the events, newest first",
      "switchboard event list --type io.aircall.call.ended", options, ListEvents);
  list->add_option("--account", options->account, "Only of this account");
  list->add_option("--type", options->type, "Only of this type");
  list->add_option("--filter", options->filter, kEventFilterHelp);
  AddPaging(list, options);
  AddOnId(grammar, noun, "get", "Show one event with its data", "event", "evt_01hv3k7q8s0g",
          GetEvent);
  AddEventWatch(grammar, noun);
  AddEventReplay(grammar, noun);
}

/// Whose records a command is about.
template <typename Options>
void AddWhoseRecords(CLI::App* command, const std::shared_ptr<Options>& options) {
  command->add_option("--account", options->account, "Such as acc_01hv3k7q8s0g")->required();
  command->add_option("--object", options->object, "The word that the definition has: contact")
      ->required();
}

void AddRecordAcknowledge(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<AcknowledgeOptions>();
  CLI::App* command = grammar.Add<AcknowledgeOptions>(
      noun, "acknowledge", "Say that a change was carried out, or that it will not be",
      "switchboard record acknowledge rch_01hv3k7q8s0g --key c-43 "
      "--account acc_01hv3k7q8s0g --object contact",
      options, AcknowledgeRecordChange);
  command->add_option("change", options->change, "Such as rch_01hv3k7q8s0g")->required();
  AddWhoseRecords(command, options);
  auto* key = command->add_option("--key", options->key, "Of a creation: what you call the record");
  command->add_option("--refused", options->refused, "It will not be carried out: why")
      ->excludes(key);
}

void AddRecordWatch(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<WatchRecordsOptions>();
  CLI::App* command = grammar.Add<WatchRecordsOptions>(
      noun, "watch", "Follow what syncs change for the platform, until you stop it",
      "switchboard record watch --account acc_01hv3k7q8s0g --object contact", options,
      WatchRecords);
  AddWhoseRecords(command, options);
  command->add_option("--resume-token", options->resume_token, "Go on where an earlier one ended");
  command->add_option("--count", options->count, "Stop after so many")
      ->check(CLI::Range(1, 1000000));
}

void AddRecordCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun = AddNoun(app, "record", "The platform's own records, as a side of two-way syncs");
  auto push = std::make_shared<PushRecordsOptions>();
  CLI::App* command = grammar.Add<PushRecordsOptions>(
      noun, "push", "Hand records in, up to 1000 at once",
      "switchboard record push --account acc_01hv3k7q8s0g --object contact "
      "--records '[{\"key\": \"c-42\", \"fields\": {\"name\": \"Ada\"}}]'",
      push, PushRecords);
  AddWhoseRecords(command, push);
  command
      ->add_option("--records", push->records,
                   "JSON array; @file reads it from a file, - from "
                   "standard input")
      ->required();
  command->add_option("--request-id", push->request_id, "The same id again does nothing");
  auto get = std::make_shared<GetRecordOptions>();
  command = grammar.Add<GetRecordOptions>(
      noun, "get", "Show one record",
      "switchboard record get c-42 --account acc_01hv3k7q8s0g --object contact", get, GetRecord);
  command->add_option("key", get->key, "Yours, or ours of a record that a sync made")->required();
  AddWhoseRecords(command, get);
  auto list = std::make_shared<ListRecordsOptions>();
  command = grammar.Add<ListRecordsOptions>(
      noun, "list", "List records, by key",
      "switchboard record list --account acc_01hv3k7q8s0g --object contact", list, ListRecords);
  AddWhoseRecords(command, list);
  AddPaging(command, list);
  AddRecordWatch(grammar, noun);
  AddRecordAcknowledge(grammar, noun);
}

void AddDeadLetterCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun = AddNoun(app, "dead-letter", "Deal with events that could not be dealt with");
  const std::string id = "evt_01hv3k7q8s0g";
  auto options = std::make_shared<ListDeadLettersOptions>();
  CLI::App* list = grammar.Add<ListDeadLettersOptions>(
      noun, "list", "List them with their reasons, newest first",
      "switchboard dead-letter list --filter 'tenant = acme'", options, ListDeadLetters);
  list->add_option("--filter", options->filter, kEventFilterHelp);
  AddPaging(list, options);
  AddOnId(grammar, noun, "get", "Show one with its data", "event", id, GetDeadLetter);
  AddOnId(grammar, noun, "replay", "Hand one in again, after what was wrong was repaired", "event",
          id, ReplayDeadLetter);
  AddOnId(grammar, noun, "discard", "Take one off the list; the event stays readable", "event", id,
          DiscardDeadLetter);
}

void AddActionCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun = AddNoun(app, "action", "Use a provider's operations directly");
  auto options = std::make_shared<CallOptions>();
  CLI::App* command =
      grammar.Add<CallOptions>(noun, "call", "Perform one action now and show its output",
                               "switchboard action call aircall.calls.get --account "
                               "acc_01hv3k7q8s0g --input '{\"call_id\": 4190000017}'",
                               options, CallAction);
  command
      ->add_option("action", options->action,
                   "Such as aircall.contacts.search; `connector show` lists them")
      ->required();
  command->add_option("--account", options->account, "The account to use")->required();
  command
      ->add_option("--input", options->input,
                   "JSON object; @file reads it from a file, - from standard input")
      ->capture_default_str();
  command->add_option("--request-id", options->request_id,
                      "Sent as idempotency key where the provider takes one (Aircall does not)");
}

void AddConnectorCommands(const Grammar& grammar, CLI::App& app, const CheckConnector& check) {
  CLI::App* noun = AddNoun(app, "connector", "See which providers there are and what they can do");
  grammar.Add<std::string>(
      noun, "list", "List the connectors", "switchboard connector list",
      std::make_shared<std::string>(),
      [](Session& session, const std::string&) { return ListConnectors(session); });
  AddOnId(grammar, noun, "show",
          "Show a connector with its actions and events, or one action with its schemas", "name",
          "aircall.contacts.search", ShowConnector);
  AddOnId(grammar, noun, "validate",
          "Check the folder of a connector of your own, without a server; show what is in it",
          "folder", "my-connectors/bookshop",
          [&check](Session& session, const std::string& folder) {
            return ValidateConnector(session, folder, check);
          });
}

/// A command about one secret of a tenant.
void AddOnSecret(const Grammar& grammar, CLI::App* noun, const std::string& name,
                 const std::string& description, const std::string& example,
                 std::function<int(Session&, const SecretOptions&)> run) {
  auto options = std::make_shared<SecretOptions>();
  CLI::App* command =
      grammar.Add<SecretOptions>(noun, name, description, example, options, std::move(run));
  command->add_option("name", options->name, "How workflows name it, such as petstore")->required();
  command->add_option("--tenant", options->tenant, "Your own id of the customer")
      ->capture_default_str();
}

void AddSecretCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun = AddNoun(
      app, "secret", "Keep the secrets that workflows use in the authentication of their calls");
  AddOnSecret(grammar, noun, "set",
              "Store a secret: a text, or a JSON object such as {\"username\", \"password\"}",
              "switchboard secret set petstore --tenant acme < token.txt\n\n"
              "The value comes from standard input, or is asked for. It is never taken from the "
              "command line, where other\n"
              "users and the shell's history would see it, and never shown again.",
              SetSecret);
  auto options = std::make_shared<ListSecretsOptions>();
  CLI::App* list = grammar.Add<ListSecretsOptions>(
      noun, "list", "List the names of a tenant's secrets", "switchboard secret list --tenant acme",
      options, ListSecrets);
  list->add_option("--tenant", options->tenant, "Your own id of the customer")
      ->capture_default_str();
  AddPaging(list, options);
  AddOnSecret(grammar, noun, "delete", "Delete a secret",
              "switchboard secret delete petstore --tenant acme", DeleteSecret);
}

void AddKeyCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun =
      AddNoun(app, "keys", "See and change the vault keys that protect credentials and secrets");
  const auto none = std::make_shared<std::string>();
  grammar.Add<std::string>(noun, "list",
                           "List the keys by their ids, and what needs them; never a key itself",
                           "switchboard keys list", none,
                           [](Session& session, const std::string&) { return ListKeys(session); });
  grammar.Add<std::string>(
      noun, "rotate", "Put everything under the server's newest key, while it goes on working",
      "switchboard keys rotate\n\n"
      "Before: make a new key, put it before the old one where the server takes its keys from, and "
      "start every instance\n"
      "again (docs/operations.md, \"Vault keys\"). After: take the old key away. Interrupted, it "
      "may simply be repeated:\n"
      "what is done stays done, and nothing is lost while the old key is there.",
      none, [](Session& session, const std::string&) { return RotateKeys(session); });
}

/// "90d", "24h", "10m", "30s", in seconds.
CLI::Validator SpanOfTime() {
  return CLI::AsNumberWithUnit(
      std::map<std::string, double>{{"s", 1.0}, {"m", 60.0}, {"h", 3600.0}, {"d", 86400.0}},
      CLI::AsNumberWithUnit::UNIT_REQUIRED);
}

void AddApiKeyCreate(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<CreateApiKeyOptions>();
  CLI::App* command = grammar.Add<CreateApiKeyOptions>(
      noun, "create", "Make a key, and show it this once",
      "switchboard api-key create 'ci of acme' --role operator --tenant acme --lifetime 90d\n\n"
      "A viewer reads; an operator also connects accounts, starts and steers runs and sets "
      "secrets; "
      "an admin also\ndeploys workflows and keeps keys. No key makes a stronger or wider one.",
      options, CreateApiKey);
  command->add_option("name", options->name, "What people call it")->required();
  command->add_option("--role", options->role, "viewer, operator or admin")
      ->required()
      ->check(CLI::IsMember({"viewer", "operator", "admin"}));
  auto* tenant = command->add_option("--tenant", options->tenants,
                                     "A customer that it reaches, by your own id; repeatable");
  command->add_flag("--all-tenants", options->all_tenants, "It reaches every customer")
      ->excludes(tenant);
  command
      ->add_option("--lifetime", options->lifetime_seconds,
                   "How long it works, such as 90d or 12h (otherwise until it is revoked)")
      ->transform(SpanOfTime());
}

void AddApiKeyRotate(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<RotateApiKeyOptions>();
  CLI::App* command = grammar.Add<RotateApiKeyOptions>(
      noun, "rotate", "Make a successor of a key; the old one goes on working for a while",
      "switchboard api-key rotate key_01hv3k7q8s0g --overlap 7d", options, RotateApiKey);
  command->add_option("key", options->key, "Its id, such as key_01hv3k7q8s0g")->required();
  command
      ->add_option("--overlap", options->overlap_seconds,
                   "How long the old key goes on working, such as 7d or 0s (otherwise 24h)")
      ->transform(SpanOfTime());
  command
      ->add_option("--lifetime", options->lifetime_seconds,
                   "How long the new one works (otherwise as long as the old one was made for)")
      ->transform(SpanOfTime());
}

void AddApiKeyCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun = AddNoun(app, "api-key", "Keep the keys of the API");
  const std::string id = "key_01hv3k7q8s0g";
  AddApiKeyCreate(grammar, noun);
  auto options = std::make_shared<ListApiKeysOptions>();
  CLI::App* list = grammar.Add<ListApiKeysOptions>(
      noun, "list", "List the keys, newest first, also those that work no more",
      "switchboard api-key list", options, ListApiKeys);
  AddPaging(list, options);
  AddOnId(grammar, noun, "get", "Show one key", "key", id, GetApiKey);
  AddApiKeyRotate(grammar, noun);
  AddOnId(grammar, noun, "revoke", "End a key for good, at every instance within seconds", "key",
          id, RevokeApiKey);
}

void AddTokenCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun = AddNoun(app, "token", "Make short-lived tokens that a browser may hold");
  auto options = std::make_shared<CreateTokenOptions>();
  CLI::App* command = grammar.Add<CreateTokenOptions>(
      noun, "create", "Make a token of one customer; it cannot be taken back",
      "switchboard token create --tenant acme --scope connect --lifetime 10m", options,
      CreateToken);
  command->add_option("--tenant", options->tenant, "Your own id of the customer")->required();
  command
      ->add_option("--scope", options->scope,
                   "viewer: reads what is the customer's; connect: connects accounts, and nothing "
                   "else")
      ->check(CLI::IsMember({"viewer", "connect"}))
      ->capture_default_str();
  command->add_option("--lifetime", options->lifetime_seconds, "1m to 60m (otherwise 10m)")
      ->transform(SpanOfTime());
}

void AddOnApplication(const Grammar& grammar, CLI::App* noun, const std::string& name,
                      const std::string& description, const std::string& example,
                      std::function<int(Session&, const ApplicationOptions&)> run) {
  auto options = std::make_shared<ApplicationOptions>();
  CLI::App* command =
      grammar.Add<ApplicationOptions>(noun, name, description, example, options, std::move(run));
  command->add_option("--tenant", options->tenant,
                      "Your own id of the customer; without it: the server's own application");
  command->add_option("--connector", options->connector, "The provider")->capture_default_str();
  if (name != "set") return;
  command->add_option("--client-id", options->client_id, "As the provider gave it")->required();
  command->add_option("--redirect-url", options->redirect_url,
                      "A host of the tenant's own that leads to this server, and /oauth/callback");
  command->add_option("--claim-url", options->claim_url,
                      "Your page that says for whom an installation is that begins there");
}

void AddApplicationCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun =
      AddNoun(app, "application", "Keep the OAuth applications with which accounts are connected");
  AddOnApplication(grammar, noun, "set", "Store an application, of the server or of a tenant",
                   "switchboard application set --client-id 1a2b3c < secret.txt\n"
                   "  switchboard application set --tenant acme --client-id 1a2b3c < secret.txt\n\n"
                   "The client secret comes from standard input, or is asked for, and is never "
                   "shown again.",
                   SetApplication);
  auto options = std::make_shared<ListApplicationsOptions>();
  grammar
      .Add<ListApplicationsOptions>(noun, "list", "List the applications, without their secrets",
                                    "switchboard application list", options, ListApplications)
      ->add_option("--tenant", options->tenant, "Only of this tenant");
  AddOnApplication(
      grammar, noun, "delete",
      "Delete an application; accounts connected with it stay so and are renewed with it",
      "switchboard application delete --tenant acme", DeleteApplication);
}

void AddGlobalOptions(CLI::App& app, GlobalOptions& options) {
  app.add_option(
      "--data-dir", options.data_dir,
      "The server's data directory (SWITCHBOARD_DATA_DIR; otherwise ~/.local/share/switchboard)");
  app.add_option("--endpoint", options.endpoint,
                 "The server's gRPC address (SWITCHBOARD_ENDPOINT; otherwise endpoints.json of the "
                 "data directory)");
  app.add_option("--api-key-file", options.api_key_file,
                 "A file that holds the API key (otherwise SWITCHBOARD_API_KEY, or admin.key of "
                 "the data directory)");
  app.add_flag(
      "--tls", options.tls,
      "Use TLS (SWITCHBOARD_TLS=1; by itself where a file below is named, or endpoints.json "
      "says so)");
  app.add_option("--ca-file", options.ca_file,
                 "PEM file of the authority that signed the server's certificate "
                 "(SWITCHBOARD_CA_FILE; otherwise those that this machine trusts)");
  app.add_option("--cert-file", options.cert_file,
                 "PEM file of our own certificate, where the server asks for one "
                 "(SWITCHBOARD_CERT_FILE)");
  app.add_option("--key-file", options.key_file, "PEM file of its key (SWITCHBOARD_KEY_FILE)");
  app.add_option("-o,--output,--format", options.output,
                 "table, json or yaml; csv for reports and lists of syncs")
      ->check(CLI::IsMember({"table", "json", "yaml", "csv"}))
      ->capture_default_str();
  app.add_option("--timeout", options.timeout_seconds,
                 "Seconds to wait for an answer; watching has no limit")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str();
}

void AddQuotaCommand(const Grammar& grammar, CLI::App& app) {
  auto options = std::make_shared<QuotaOptions>();
  CLI::App* command = grammar.Add<QuotaOptions>(
      &app, "quota", "How the request quotas stand: used, taken by others, and what waits",
      "switchboard quota\n"
      "  switchboard quota acc_01hv3k7q8s0g\n\n"
      "A provider counts the requests of a company, whoever makes them. EMPTY is a forecast of "
      "when "
      "all that waits will\nhave left.",
      options, ShowQuota);
  auto* account = command->add_option("account", options->account,
                                      "Only of this one, by lane, such as acc_01hv3k7q8s0g");
  command->add_option("--tenant", options->tenant, "Only of this tenant")->excludes(account);
  AddPaging(command, options);
}

void AddRecordingPolicy(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<RecordingPolicyOptions>();
  CLI::App* command = grammar.Add<RecordingPolicyOptions>(
      noun, "policy", "Show or change what is kept of an account's calls",
      "switchboard recording policy acc_01hv3k7q8s0g\n"
      "  switchboard recording policy acc_01hv3k7q8s0g --keep both --retain-days 90\n\n"
      "What is not named stays as it is. It holds for calls from now on, and for how long what is "
      "kept already stays.",
      options, RecordingPolicy);
  command->add_option("account", options->account, "Such as acc_01hv3k7q8s0g")->required();
  command->add_option("--keep", options->keep, "none, recordings, voicemails or both")
      ->check(CLI::IsMember({"none", "recordings", "voicemails", "both"}));
  command
      ->add_option("--retain-days", options->retain_days,
                   "Days for which a file is kept; 0: until it is erased")
      ->check(CLI::Range(0, 3650));
  command
      ->add_option("--max-bytes", options->max_bytes,
                   "The largest file that is kept; 0: 209715200 (200 MiB)")
      ->check(CLI::NonNegativeNumber);
}

void AddRecordingCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun = AddNoun(app, "recording", "Keep recordings and voicemails of calls");
  AddRecordingPolicy(grammar, noun);
  auto list = std::make_shared<ListRecordingsOptions>();
  CLI::App* command = grammar.Add<ListRecordingsOptions>(
      noun, "list", "List the recordings of an account, newest first",
      "switchboard recording list acc_01hv3k7q8s0g --state failed", list, ListRecordings);
  command->add_option("account", list->account, "Such as acc_01hv3k7q8s0g")->required();
  command->add_option("--call", list->call, "Only of this call, by the provider's id");
  command->add_option("--state", list->state, "wanted, fetching, kept, failed or erased")
      ->check(CLI::IsMember({"wanted", "fetching", "kept", "failed", "erased"}));
  AddPaging(command, list);
  AddOnId(grammar, noun, "get", "Show one recording", "recording", "rec_01hv3k7q8s0g",
          GetRecording);
  auto link = std::make_shared<RecordingLinkOptions>();
  command = grammar.Add<RecordingLinkOptions>(
      noun, "link", "Make a link to a kept file, which expires",
      "switchboard recording link rec_01hv3k7q8s0g --for 600\n\n"
      "Whoever has the link may fetch the file until then, without a key.",
      link, LinkRecording);
  command->add_option("recording", link->recording, "Such as rec_01hv3k7q8s0g")->required();
  command->add_option("--for", link->life_seconds, "Seconds for which it holds [3600]")
      ->check(CLI::Range(1, 604800));
}

constexpr const char* kExampleAccount = "acc_01hv3k7q8s0g";

/// `--account`, which all that is about syncs takes.
template <typename Options>
void AddSyncAccount(CLI::App* command, const std::shared_ptr<Options>& options) {
  command->add_option("--account", options->account, "Whose, such as acc_01hv3k7q8s0g")->required();
}

template <typename Options>
void AddSyncName(CLI::App* command, const std::shared_ptr<Options>& options) {
  command
      ->add_option("sync", options->sync,
                   "namespace/name, or the name alone where it is the only one")
      ->required();
  AddSyncAccount(command, options);
}

template <typename Options>
void AddFindingsLimit(CLI::App* command, const std::shared_ptr<Options>& options, int most) {
  command->add_option("--limit", options->limit, "At most this many")->check(CLI::Range(1, most));
}

std::string SyncExample(const std::string& rest) {
  return "switchboard sync " + rest + " --account " + kExampleAccount;
}

void AddSyncFile(CLI::App* command, const std::shared_ptr<SyncFileOptions>& options) {
  command->add_option("file", options->file, "The definition in YAML; - is standard input")
      ->required();
  AddSyncAccount(command, options);
}

void AddSyncDefinitions(const Grammar& grammar, CLI::App* noun) {
  auto plan = std::make_shared<SyncFileOptions>();
  AddSyncFile(
      grammar.Add<SyncFileOptions>(
          noun, "plan",
          "Say what a definition would do, and what stands in its way; change nothing",
          SyncExample("plan warehouse.yaml") + "\n  " + SyncExample("plan customers.sync.yaml") +
              " -o json\n\nOf a two-way sync both sides are read whole, which costs requests "
              "and minutes; it tells what would be linked, made and changed, with samples "
              "side by side, and what carrying it out costs. Faults are shown with line and "
              "column. Exit status 1 if it could not be deployed.",
          plan, PlanSync),
      plan);
  auto deploy = std::make_shared<SyncFileOptions>();
  CLI::App* command = grammar.Add<SyncFileOptions>(
      noun, "deploy", "Make what a sync needs and store it, paused where it is new",
      SyncExample("deploy warehouse.yaml") +
          " --start\n\nThe same again changes nothing. Columns of tables are added, nothing is "
          "ever "
          "dropped. Of a two-way sync no record is touched before it is started: see what it would "
          "do with `switchboard sync plan` first.",
      deploy, DeploySync);
  AddSyncFile(command, deploy);
  command->add_flag("--start", deploy->start, "Start it, too");
  command->add_flag("--validate-only", deploy->validate_only, "Check only; store nothing");
  auto schema_file = std::make_shared<std::string>();
  grammar
      .Add<std::string>(noun, "schema",
                        "The form of definitions as a JSON Schema, for editors that complete it",
                        "switchboard sync schema --file sync.schema.json\n\n"
                        "In the first line of a definition:\n"
                        "  # yaml-language-server: $schema=sync.schema.json",
                        schema_file, ShowSyncSchema)
      ->add_option("--file", *schema_file, "Write it there instead of printing it");
}

void AddSyncState(const Grammar& grammar, CLI::App* noun, const std::string& name,
                  const std::string& description,
                  std::function<int(Session&, const SyncOptions&)> run) {
  auto options = std::make_shared<SyncOptions>();
  CLI::App* command = grammar.Add<SyncOptions>(
      noun, name, description, SyncExample(name + " acme/warehouse"), options, std::move(run));
  AddSyncName(command, options);
  if (name == "delete") command->add_flag("--yes", options->yes, "Do not ask");
}

void AddSyncWatching(const Grammar& grammar, CLI::App* noun) {
  auto account = std::make_shared<std::string>();
  grammar
      .Add<std::string>(noun, "list", "List the syncs of an account, by name", SyncExample("list"),
                        account, ListSyncs)
      ->add_option("--account", *account, "Whose, such as acc_01hv3k7q8s0g")
      ->required();
  auto watch = std::make_shared<WatchSyncOptions>();
  CLI::App* command = grammar.Add<WatchSyncOptions>(
      noun, "watch", "Follow how far a sync is: bars on a terminal, lines elsewhere",
      SyncExample("watch acme/warehouse") + " --until live", watch, WatchSync);
  AddSyncName(command, watch);
  command->add_option("--until", watch->until, "live: end once every stream, or both sides, are")
      ->check(CLI::IsMember({"live"}));
  auto approve = std::make_shared<SyncFindingsOptions>();
  command = grammar.Add<SyncFindingsOptions>(
      noun, "approve-deletes", "Let deletes through that the delete brake holds",
      SyncExample("approve-deletes acme/warehouse contacts") + "\n  " +
          SyncExample("approve-deletes acme/customers crm") +
          "\n\nA stream is read whole once more; what is still gone then is marked. Of a two-way "
          "sync name the side whose records are to be deleted; each delete is confirmed once more.",
      approve, ApproveDeletes);
  command->add_option("sync", approve->sync, "namespace/name, or the name alone")->required();
  command
      ->add_option("stream", approve->stream, "A stream, such as contacts, or a side, such as crm")
      ->required();
  AddSyncAccount(command, approve);
}

void AddSyncProof(const Grammar& grammar, CLI::App* noun) {
  auto verify = std::make_shared<VerifySyncOptions>();
  CLI::App* command = grammar.Add<VerifySyncOptions>(
      noun, "verify",
      "Compare the tables with the provider and print a receipt (exit status 1 unless complete)",
      SyncExample("verify acme/warehouse") +
          " --sample 100\n\nIt costs requests of the account's "
          "quota, behind everything else, and says how many.",
      verify, VerifySync);
  AddSyncName(command, verify);
  command->add_option("--stream", verify->streams, "Only this stream; repeatable")
      ->allow_extra_args(false);
  auto* counts =
      command->add_flag("--counts", verify->counts, "Compare counts by window only (the default)");
  auto* sample = command
                     ->add_option("--sample", verify->sample,
                                  "Compare so many rows of each stream, too (1 to 100000)")
                     ->check(CLI::Range(1, 100000));
  auto* all = command->add_flag("--all", verify->all, "Compare every row");
  all->excludes(sample)->excludes(counts);
  sample->excludes(counts);
  command->add_option("--from", verify->from, "A day or an instant [the start of the sync]");
  command->add_option("--until", verify->until, "A day or an instant [now]");
  auto proofs = std::make_shared<SyncFindingsOptions>();
  command = grammar.Add<SyncFindingsOptions>(
      noun, "receipts", "List the receipts of earlier comparisons, newest first",
      SyncExample("receipts acme/warehouse"), proofs, ListSyncProofs);
  AddSyncName(command, proofs);
  AddFindingsLimit(command, proofs, 100);
  auto receipt = std::make_shared<SyncReceiptOptions>();
  command = grammar.Add<SyncReceiptOptions>(noun, "receipt", "Show one receipt of a comparison",
                                            SyncExample("receipt prf_01hv3k7q8s0g"), receipt,
                                            ShowSyncProof);
  command->add_option("receipt", receipt->receipt, "Such as prf_01hv3k7q8s0g")->required();
  AddSyncAccount(command, receipt);
}

void AddSyncFindings(const Grammar& grammar, CLI::App* noun, const std::string& name,
                     const std::string& description,
                     std::function<int(Session&, const SyncFindingsOptions&)> run) {
  auto options = std::make_shared<SyncFindingsOptions>();
  CLI::App* command = grammar.Add<SyncFindingsOptions>(
      noun, name, description, SyncExample(name + " acme/warehouse --stream calls"), options,
      std::move(run));
  AddSyncName(command, options);
  command->add_option("--stream", options->stream, "Such as calls")->required();
  AddFindingsLimit(command, options, 1000);
}

void AddSyncRules(const Grammar& grammar, CLI::App* noun) {
  auto skips = std::make_shared<SkipsOptions>();
  CLI::App* command = grammar.Add<SkipsOptions>(
      noun, "skips", "List records that a rule left out, each with its reason",
      SyncExample("skips --rule max_age"), skips, ListSkips);
  AddSyncAccount(command, skips);
  command->add_option("--code", skips->code, "Only with this code, such as RULE_NOT_MET");
  command->add_option("--rule", skips->rule, "Only by this rule, such as max_age");
  AddPaging(command, skips);
  auto why = std::make_shared<RecordOptions>();
  command = grammar.Add<RecordOptions>(noun, "why", "Say in a line why a record is here, or is not",
                                       SyncExample("why 4190000017"), why, ExplainRecord);
  command->add_option("record", why->record, "The provider's id of it")->required();
  AddSyncAccount(command, why);
}

/// `--account` and `--sync`, which all that is about links takes.
template <typename Options>
void AddTwoWayName(CLI::App* command, const std::shared_ptr<Options>& options) {
  AddSyncAccount(command, options);
  command->add_option("--sync", options->sync,
                      "namespace/name (otherwise: the account's only two-way sync)");
}

void AddSyncLink(const Grammar& grammar, CLI::App* noun, const std::string& name,
                 const std::string& description,
                 std::function<int(Session&, const LinkOptions&)> run) {
  auto options = std::make_shared<LinkOptions>();
  CLI::App* command = grammar.Add<LinkOptions>(
      noun, name, description, SyncExample(name + " lnk_01hv3k7q8s0g"), options, std::move(run));
  command->add_option("link", options->link, "Such as lnk_01hv3k7q8s0g")->required();
  AddTwoWayName(command, options);
}

void AddSyncLinks(const Grammar& grammar, CLI::App* noun) {
  auto links = std::make_shared<LinksOptions>();
  CLI::App* command = grammar.Add<LinksOptions>(
      noun, "links", "List the pairs of records that a two-way sync keeps the same",
      SyncExample("links --state parked"), links, ListLinks);
  AddTwoWayName(command, links);
  command->add_option("--state", links->state, "Only those that are active, parked or paused")
      ->check(CLI::IsMember({"active", "parked", "paused"}));
  AddPaging(command, links);
  AddSyncLink(grammar, noun, "pause-link", "Stop one pair; what changes is remembered", PauseLink);
  AddSyncLink(grammar, noun, "resume-link", "Go on with a pair that is paused or parked",
              ResumeLink);
  auto explain = std::make_shared<ExplainOptions>();
  command = grammar.Add<ExplainOptions>(
      noun, "explain",
      "Tell the history of a contact: who changed what, when, what was decided and why",
      SyncExample("explain +33142685300") + "\n  " + SyncExample("explain ada@example.com") +
          "\n  " + SyncExample("explain 4190000017"),
      explain, ExplainLink);
  command
      ->add_option("contact", explain->record,
                   "A key of either side, a phone number, an e-mail address, or lnk_...")
      ->required();
  AddTwoWayName(command, explain);
  command->add_option("--limit", explain->limit, "Lines of history (1 to 200; otherwise 100)")
      ->check(CLI::Range(1, 200));
}

void AddSyncCompare(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command = grammar.Add<CompareOptions>(
      noun, "compare", "Read both sides of a two-way sync whole and compare them, now",
      SyncExample("compare acme/customers") +
          "\n\nThis is done every night by itself. It costs requests, behind everything else.",
      options, CompareSides);
  command->add_option("sync", options->sync,
                      "namespace/name (otherwise: the account's only two-way sync)");
  AddSyncAccount(command, options);
}

void AddSyncConflicts(const Grammar& grammar, CLI::App* noun) {
  auto conflicts = std::make_shared<ConflictsOptions>();
  CLI::App* command = grammar.Add<ConflictsOptions>(
      noun, "conflicts", "List what waits for you, and values that can be put back",
      SyncExample("conflicts --open") + "\n  " + SyncExample("conflicts --overwritten"), conflicts,
      ListConflicts);
  AddTwoWayName(command, conflicts);
  auto* open = command->add_flag("--open", conflicts->open, "Only questions that wait for you");
  auto* code =
      command->add_option("--code", conflicts->code, "Only with this code, such as LINK_AMBIGUOUS");
  command
      ->add_flag("--overwritten", conflicts->overwritten,
                 "Only values that gave way; they can be put back for 90 days")
      ->excludes(open)
      ->excludes(code);
  command->add_option("--field", conflicts->field, "Only of this field, such as company_name");
  command->add_option("--link", conflicts->link, "Only of this link, such as lnk_01hv3k7q8s0g");
  AddPaging(command, conflicts);
  auto conflict = std::make_shared<ConflictOptions>();
  command = grammar.Add<ConflictOptions>(
      noun, "conflict", "Show one conflict: base and both values, with times",
      SyncExample("conflict cfl_01hv3k7q8s0g"), conflict, ShowConflict);
  command->add_option("conflict", conflict->conflict, "Such as cfl_01hv3k7q8s0g")->required();
  AddTwoWayName(command, conflict);
}

void AddSyncResolve(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<ResolveOptions>();
  CLI::App* command = grammar.Add<ResolveOptions>(
      noun, "resolve", "Answer a conflict, or many alike",
      SyncExample("resolve cfl_01hv3k7q8s0g --take crm") + "\n  " +
          SyncExample("resolve cfl_01hv3k7q8s0g --value '\"Acme\"'") + "\n  " +
          SyncExample("resolve cfl_01hv3k7q8s0g --put-back") + "\n  " +
          SyncExample("resolve --all --field company_name --take newest") +
          "\n\nGive one answer. Many at once: it says how many first, and asks unless --yes is "
          "given. The answer is carried out as any edit is, and told in the history.",
      options, ResolveConflicts);
  command->add_option("conflict", options->conflict, "Such as cfl_01hv3k7q8s0g; or --all");
  AddTwoWayName(command, options);
  command->add_flag("--all", options->all, "All open conflicts that --field and --code choose");
  command->add_option("--field", options->field, "With --all: only of this field");
  command->add_option("--code", options->code, "With --all: only with this code");
  command->add_option("--take", options->take,
                      "Whose value stands: a side by its name, newest, or fill-blank");
  command->add_option("--value", options->value, "Another value stands: JSON, null for blank");
  command->add_flag("--put-back", options->put_back, "The value that gave way stands again");
  command->add_option("--link", options->link, "Link the record with this one of the other side");
  command->add_flag("--create", options->create, "Make a new counterpart for the record");
  command->add_flag("--ignore", options->ignore, "Leave both as they are");
  command->add_flag("--yes", options->yes, "Do not ask");
}

void AddSyncCommands(const Grammar& grammar, CLI::App& app) {
  CLI::App* noun = AddNoun(
      app, "sync", "Keep collections as tables, with proof, and records of two sides the same");
  AddSyncDefinitions(grammar, noun);
  AddSyncState(grammar, noun, "start", "Begin, or go on, to read and to follow events", StartSync);
  AddSyncState(grammar, noun, "pause",
               "Stop; nothing that was read is lost, what changes is made up for", PauseSync);
  AddSyncState(grammar, noun, "resume", "Go on: the same as start", ResumeSync);
  AddSyncState(grammar, noun, "delete", "End a sync for good; tables and records stay", DeleteSync);
  AddSyncState(grammar, noun, "status", "Show how far a sync is, what hinders it, and what to do",
               SyncStatus);
  AddSyncWatching(grammar, noun);
  AddSyncProof(grammar, noun);
  AddSyncFindings(grammar, noun, "windows",
                  "List what each window of a stream counted and gave, newest first",
                  ListSyncWindows);
  AddSyncFindings(grammar, noun, "rejects", "List records that became no row, each with its reason",
                  ListSyncRejects);
  AddSyncRules(grammar, noun);
  AddSyncLinks(grammar, noun);
  AddSyncCompare(grammar, noun);
  AddSyncConflicts(grammar, noun);
  AddSyncResolve(grammar, noun);
}

void AddDestinationAdd(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<AddDestinationOptions>();
  CLI::App* command = grammar.Add<AddDestinationOptions>(
      noun, "add", "Make a destination: asks for what is left out",
      "switchboard destination add\n"
      "  switchboard destination add --account acc_01hv3k7q8s0g --sink segment --name segment "
      "--secret write_key=segment-production --events 'io.aircall.call.*'\n"
      "  switchboard destination add --account acc_01hv3k7q8s0g --sink http --name hook "
      "--set url=https://example.com/hook --secret signing_secret=hook\n\n"
      "Secrets are named here and kept with `switchboard secret set`.",
      options, AddDestination);
  command->add_option("--account", options->account, "Whose events, such as acc_01hv3k7q8s0g");
  command->add_option("--sink", options->sink, "Where to: see `switchboard destination sinks`");
  command->add_option("--name", options->name, "What to call it");
  command->add_option("--set", options->settings, "A setting, NAME=VALUE; repeatable");
  command->add_option("--secret", options->secrets,
                      "A secret, NAME=NAME_OF_THE_TENANTS_SECRET; repeatable");
  command->add_option("--events", options->events,
                      "Types of events, * for any characters; repeatable [all]");
  command->add_option("--number", options->numbers,
                      "Only events of this number, by the provider's id; repeatable [all]");
  command->add_flag("--no-input", options->no_input, "Ask nothing");
}

void AddDestinationUpdate(const Grammar& grammar, CLI::App* noun) {
  auto options = std::make_shared<UpdateDestinationOptions>();
  CLI::App* command = grammar.Add<UpdateDestinationOptions>(
      noun, "update", "Change a destination; what is not named stays",
      "switchboard destination update dst_01hv3k7q8s0g --events 'io.aircall.call.*'", options,
      UpdateDestination);
  command->add_option("destination", options->destination, "Such as dst_01hv3k7q8s0g")->required();
  command->add_option("--name", options->name, "What to call it");
  command->add_option("--set", options->settings, "A setting, NAME=VALUE; repeatable");
  command->add_option("--secret", options->secrets,
                      "A secret, NAME=NAME_OF_THE_TENANTS_SECRET; repeatable");
  auto* events = command->add_option("--events", options->events,
                                     "These types of events in the place of those; repeatable");
  command->add_flag("--all-events", options->all_events, "All events")->excludes(events);
  auto* numbers = command->add_option("--number", options->numbers,
                                      "These numbers in the place of those; repeatable");
  command->add_flag("--all-numbers", options->all_numbers, "All numbers")->excludes(numbers);
}

void AddDestinationLog(const Grammar& grammar, CLI::App* noun) {
  auto list = std::make_shared<ListDeliveriesOptions>();
  CLI::App* command = grammar.Add<ListDeliveriesOptions>(
      noun, "deliveries", "List what waits for a destination, was delivered, or is dead",
      "switchboard destination deliveries dst_01hv3k7q8s0g --state dead", list, ListDeliveries);
  command->add_option("destination", list->destination, "Such as dst_01hv3k7q8s0g")->required();
  command->add_option("--state", list->state, "pending, delivered or dead [all]")
      ->check(CLI::IsMember({"pending", "delivered", "dead"}));
  AddPaging(command, list);
  auto replay = std::make_shared<ReplayDeliveriesOptions>();
  command = grammar.Add<ReplayDeliveriesOptions>(
      noun, "replay", "Send past events to a destination again, oldest first",
      "switchboard destination replay dst_01hv3k7q8s0g --dead\n"
      "  switchboard destination replay dst_01hv3k7q8s0g --from 2026-06-01 --before 2026-06-02 "
      "--dry-run\n\n"
      "Their ids stay the same. Events that wait already stay where they are.",
      replay, ReplayDeliveries);
  command->add_option("destination", replay->destination, "Such as dst_01hv3k7q8s0g")->required();
  command->add_option("--from", replay->from, "Only events that came from then on");
  command->add_option("--before", replay->before, "Only events that came before then");
  command->add_option("--events", replay->events,
                      "Only of these types, * for any characters; repeatable");
  command->add_flag("--dead", replay->dead, "Only its dead letters");
  command->add_option("--max-events", replay->most, "The latest so many [10000]")
      ->check(CLI::Range(1, 100000));
  command->add_flag("--dry-run", replay->dry_run, "Only count them");
}

void AddDestinationCommands(const Grammar& grammar, CLI::App& app) {
  constexpr const char* kId = "dst_01hv3k7q8s0g";
  CLI::App* noun =
      AddNoun(app, "destination", "Hand events on: to Segment, or to an HTTP endpoint");
  AddDestinationAdd(grammar, noun);
  AddDestinationUpdate(grammar, noun);
  grammar.Add<int>(noun, "sinks", "List where events can go", "switchboard destination sinks",
                   std::make_shared<int>(),
                   [](Session& session, const int& /*none*/) { return ListSinks(session); });
  AddOnId(grammar, noun, "list", "List the destinations of an account", "account",
          "acc_01hv3k7q8s0g", ListDestinations);
  AddOnId(grammar, noun, "get", "Show one destination", "destination", kId, GetDestination);
  AddOnId(grammar, noun, "test", "Send one example, and show what came of it", "destination", kId,
          TestDestination);
  AddOnId(grammar, noun, "pause", "Send nothing more for now; what comes is kept", "destination",
          kId, PauseDestination);
  AddOnId(grammar, noun, "resume", "Go on with a destination", "destination", kId,
          ResumeDestination);
  AddOnId(grammar, noun, "delete", "Delete a destination with what waits for it", "destination",
          kId, DeleteDestination);
  AddDestinationLog(grammar, noun);
}

/// The innermost command that the arguments reached: its help is the one that helps.
const CLI::App* Innermost(const CLI::App* app) {
  const auto parsed = app->get_subcommands();
  return parsed.empty() ? app : Innermost(parsed.front());
}

std::string PathOf(const CLI::App* app) {
  if (app->get_parent() == nullptr) return "switchboard";
  return PathOf(app->get_parent()) + " " + app->get_name();
}

int Explain(const CLI::App& app, const CLI::ParseError& error, const Environment& environment) {
  if (error.get_exit_code() == 0) {  // --help and --version arrive as "errors" as well
    app.exit(error, environment.out, environment.err);
    return kOk;
  }
  const std::string path = PathOf(Innermost(&app));
  return Report(environment,
                {kUsage, error.what(), {}, "`" + path + " --help` shows how to use it", {}});
}

void AddReportCommand(const Grammar& grammar, CLI::App& app) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = grammar.Add<ReportOptions>(
      &app, "report", "Draw what replicated calls say: volume, rates, times, agents, voicemails",
      "switchboard report --account acc_01hv3k7q8s0g\n"
      "  switchboard report calls --by hour --last 30d --account acc_01hv3k7q8s0g\n"
      "  switchboard report agents --from 2026-05-01 --to 2026-06-01 -o csv --account "
      "acc_01hv3k7q8s0g\n\n"
      "Without a name it lists the reports. What each figure means: docs/analytics.md.",
      options, ShowReport);
  command->add_option("report", options->report, "Such as calls, agents or unreturned");
  command->add_option("--account", options->account, "Whose calls")->required();
  command->add_option("--sync", options->sync, "In whose tables (otherwise: the first sync's)");
  command->add_option("--by", options->by,
                      "A line for each: hour, weekday, day, agent, number ...");
  auto* last = command->add_option("--last", options->last, "So long until now: 30d, 12h, 2w")
                   ->capture_default_str();
  command->add_option("--from", options->from, "From this day or instant")->excludes(last);
  command->add_option("--to", options->to, "Until this day or instant, which is excluded");
  command->add_option("--zone", options->zone,
                      "Hours and days of this time zone, such as Europe/Paris (otherwise: of each "
                      "number's own)");
  command->add_option("--limit", options->limit, "At most this many lines (otherwise 1000)")
      ->check(CLI::Range(1, 10000));
}

}  // namespace

int Main(int argc, const char* const* argv, const Environment& environment,
         const AddCommands& add_more, const CheckConnector& check_connector) {
  CLI::App app(
      "Switchboard: connects phone systems with everything else, by workflows that survive crashes",
      "switchboard");
  GlobalOptions options;
  Chosen chosen;
  const Grammar grammar{environment, options, chosen};
  app.footer(kFooter);
  app.set_version_flag("--version", "switchboard " SB_VERSION);
  app.require_subcommand(1);
  AddGlobalOptions(app, options);
  if (add_more) add_more(app, options.data_dir, chosen);
  AddAccountCommands(grammar, app);
  AddWorkflowCommands(grammar, app);
  AddRunCommands(grammar, app);
  AddEventCommands(grammar, app);
  AddRecordCommands(grammar, app);
  AddDeadLetterCommands(grammar, app);
  AddActionCommands(grammar, app);
  AddConnectorCommands(grammar, app, check_connector);
  AddSecretCommands(grammar, app);
  AddKeyCommands(grammar, app);
  AddErasureCommands(grammar, app);
  AddApiKeyCommands(grammar, app);
  AddTokenCommands(grammar, app);
  AddApplicationCommands(grammar, app);
  AddQuotaCommand(grammar, app);
  AddRecordingCommands(grammar, app);
  AddSyncCommands(grammar, app);
  AddReportCommand(grammar, app);
  AddDestinationCommands(grammar, app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Explain(app, error, environment);
  }
  return chosen ? chosen() : kUsage;
}

}  // namespace sb::app::cli
