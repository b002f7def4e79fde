#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/connector/check_use.h"
#include "engine/connector/load.h"

// records/*.yaml: what can be kept the same in two systems.
namespace sb::connector {
namespace {

namespace twoway = core::twoway;
using core::workflow::EffectClass;

std::string RecordPath(const std::string& name) {
  return "records/" + name + ".yaml";
}

bool IsListType(const std::string& type) {
  return type == "phones" || type == "emails";
}

/// Expressions of one file, each with the definitions of the file before it.
class RecordReader {
 public:
  explicit RecordReader(const Json& file)
      : file_(file),
        definitions_(file.contains("define") ? TextMember(file, "define") + "\n" : "") {}

  twoway::RecordKind Read() const {
    twoway::RecordKind kind;
    kind.name = TextMember(file_, "record");
    kind.stream = TextMember(file_, "stream");
    kind.key = Program(file_, "key");
    kind.changed_at = Program(file_, "changed_at");
    for (const auto& [name, field] : file_.at("fields").items())
      kind.fields.emplace(name, LimitsOf(field));
    kind.native = NativeProgram();
    kind.read = Use(file_.at("read"));
    kind.find_phone = Uses(Member(file_.at("find"), "phone"));
    kind.find_email = Uses(Member(file_.at("find"), "email"));
    kind.create = Use(file_.at("create"));
    for (const Json& change : file_.at("changes"))
      kind.changes.push_back(
          {TextMember(change, "action"), Program(change, "each"), Program(change, "pick")});
    kind.remove = Use(file_.at("delete"));
    kind.prove = Use(file_.at("prove"));
    kind.ask_every =
        core::workflow::ParseIsoDuration(TextMember(file_, "ask_every")).value_or(kind.ask_every);
    const Json& events = Member(file_, "events");
    kind.event_key = Program(events, "key");
    kind.event_whole = Program(events, "whole");
    return kind;
  }

 private:
  /// Empty where there is none.
  std::string Program(const Json& value, const char* name) const {
    const std::string source = TextMember(value, name);
    return source.empty() ? source : definitions_ + source;
  }

  Json Template(const Json& value) const {
    if (value.is_string() && core::workflow::IsExpression(value.get<std::string>()))
      return "${ " + definitions_ + core::workflow::ExpressionSource(value.get<std::string>()) +
             "\n}";
    Json filled = value;
    if (value.is_structured()) {
      for (auto& inner : filled) inner = Template(inner);
    }
    return filled;
  }

  twoway::RecordUse Use(const Json& use) const {
    return {TextMember(use, "action"), Template(use.value("with", Json::object())),
            Program(use, "pick")};
  }

  std::vector<twoway::RecordUse> Uses(const Json& list) const {
    std::vector<twoway::RecordUse> uses;
    for (const Json& use : list) uses.push_back(Use(use));
    return uses;
  }

  static twoway::FieldLimits LimitsOf(const Json& field) {
    twoway::FieldLimits limits;
    limits.type = TextMember(field, "type");
    limits.most_chars = field.value("most_chars", std::size_t{0});
    limits.most = field.value("most", std::size_t{0});
    limits.least = field.value("least", std::size_t{0});
    limits.clears = !field.contains("clears");
    limits.writable = !field.contains("read_only");
    limits.required = field.contains("required");
    limits.blank_label = TextMember(field, "blank_label");
    limits.comment = TextMember(field, "comment");
    return limits;
  }

  /// All fields in one program. The line breaks keep a comment at the end of an expression from
  /// swallowing what follows.
  std::string NativeProgram() const {
    std::string program;
    for (const auto& [name, field] : file_.at("fields").items()) {
      const std::string member = "." + name;
      std::string from = TextMember(field, "from");
      if (from.empty())
        from = IsListType(TextMember(field, "type"))
                   ? "[" + member + "[]? | {value: .value, label: .label}]"
                   : member;
      program += program.empty() ? "{" : ", ";
      program += "\"" + name + "\": first((" + from + "\n), null)";
    }
    return definitions_ + program + "}";
  }

  const Json& file_;
  std::string definitions_;
};

Status ReadRecordEvents(const CheckedFile& at, const Connector& connector, const Json& file,
                        twoway::RecordKind& kind) {
  const Json& events = Member(file, "events");
  for (const char* list : {"changed", "gone"}) {
    const Json& names = Member(events, list);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto name = names[i].get<std::string>();
      const auto known = std::ranges::find_if(
          connector.events, [&](const EventKind& each) { return each.name == name; });
      if (known == connector.events.end() || known->ours) {
        return at.Fault("/events/" + std::string(list) + "/" + std::to_string(i),
                        "events.yaml has no event '" + name + "'");
      }
      const bool gone = std::string(list) == "gone";
      (gone ? kind.gone_events : kind.changed_events).push_back(known->type);
    }
  }
  if (file.contains("ask_every") && !kind.changed_events.empty())
    return at.Fault("/ask_every", "nobody is asked for changes where `events` tell of them");
  return {};
}

// ---- What only the file as a whole can tell

Status CheckField(const CheckedFile& at, const std::string& name,
                  const twoway::FieldLimits& limits) {
  const std::string pointer = Below("/fields", name);
  const bool list = IsListType(limits.type);
  if (limits.most_chars > 0 && limits.type != "text")
    return at.Fault(Below(pointer, "most_chars"), "only a text has a length");
  if (!list && (limits.most > 0 || limits.least > 0 || !limits.blank_label.empty()))
    return at.Fault(pointer, "`most`, `least` and `blank_label` belong to phones and emails");
  if (limits.most > 0 && limits.least > limits.most)
    return at.Fault(Below(pointer, "least"), "is more than `most`");
  if (limits.required && !limits.writable)
    return at.Fault(pointer, "a record cannot be made: what it requires is `read_only`");
  return {};
}

Status CheckRecordStream(const CheckedFile& at, const Connector& connector,
                         const twoway::RecordKind& kind) {
  const auto stream = connector.streams.find(kind.stream);
  if (stream == connector.streams.end())
    return at.Fault("/stream", "streams/ has no '" + kind.stream + "'");
  if (stream->second.key.empty())
    return at.Fault("/stream", "its objects have no key: a record needs one");
  if (stream->second.detailed)
    return at.Fault("/stream", "its list leaves parts out: a record needs a list of whole objects");
  const bool is_asked = stream->second.changes && !kind.changed_at.empty();
  if (kind.changed_events.empty() && !is_asked) {
    return at.Fault("/stream",
                    "nothing tells of changes: name `events`, or a stream with `changes`, and "
                    "`changed_at`");
  }
  return {};
}

/// What is demanded of the action of a use.
struct Demand {
  std::vector<EffectClass> effects;
  std::string reason;
};

Status CheckAction(const CheckedFile& at, const std::string& pointer, const Connector& connector,
                   const std::string& action, const Demand& demand) {
  const auto found = connector.actions.find(action);
  if (found == connector.actions.end())
    return at.Fault(Below(pointer, "action"), "there is no action '" + action + "'");
  const EffectClass effect = found->second.signature.effect;
  if (std::ranges::find(demand.effects, effect) == demand.effects.end())
    return at.Fault(Below(pointer, "action"), demand.reason);
  return {};
}

Status CheckRecordUse(const CheckedFile& at, const std::string& pointer, const Connector& connector,
                      const twoway::RecordUse& use, const std::vector<std::string>& arguments,
                      const Demand& demand) {
  at.AddTemplate(Below(pointer, "with"), use.with, arguments);
  if (!use.pick.empty()) at.AddExpression(Below(pointer, "pick"), use.pick, arguments);
  Status fine = CheckAction(at, pointer, connector, use.action, demand);
  if (!fine.ok()) return fine;
  return at.CheckUse(Below(pointer, "with"), connector, use.action, use.with);
}

const Demand& ReadsOnly() {
  static const Demand kDemand{{EffectClass::kRead}, "must be an action of class read"};
  return kDemand;
}

Status CheckRecordUses(const CheckedFile& at, const Connector& connector,
                       const twoway::RecordKind& kind) {
  const Demand found{{EffectClass::kVerifiable},
                     "must be of class verifiable: a record whose answer was lost is looked for"};
  const Demand again{{EffectClass::kIdempotent, EffectClass::kKeyed},
                     "must be of class idempotent: it is repeated when its answer is lost"};
  Status fine = CheckRecordUse(at, "/read", connector, kind.read, {"key"}, ReadsOnly());
  for (std::size_t i = 0; fine.ok() && i < kind.find_phone.size(); ++i)
    fine = CheckRecordUse(at, "/find/phone/" + std::to_string(i), connector, kind.find_phone[i],
                          {"value"}, ReadsOnly());
  for (std::size_t i = 0; fine.ok() && i < kind.find_email.size(); ++i)
    fine = CheckRecordUse(at, "/find/email/" + std::to_string(i), connector, kind.find_email[i],
                          {"value"}, ReadsOnly());
  if (fine.ok()) fine = CheckRecordUse(at, "/create", connector, kind.create, {"target"}, found);
  if (fine.ok()) fine = CheckRecordUse(at, "/delete", connector, kind.remove, {"key"}, again);
  if (fine.ok()) fine = CheckRecordUse(at, "/prove", connector, kind.prove, {}, ReadsOnly());
  return fine;
}

Status CheckRecordChanges(const CheckedFile& at, const Connector& connector,
                          const twoway::RecordKind& kind) {
  const Demand seen{{EffectClass::kIdempotent, EffectClass::kKeyed, EffectClass::kVerifiable},
                    "must be of class idempotent or verifiable: what it did must show"};
  for (std::size_t i = 0; i < kind.changes.size(); ++i) {
    const twoway::RecordChange& change = kind.changes[i];
    const std::string pointer = "/changes/" + std::to_string(i);
    at.AddExpression(pointer + "/each", change.each, {"target"});
    if (!change.pick.empty()) at.AddExpression(pointer + "/pick", change.pick, {});
    Status fine = CheckAction(at, pointer, connector, change.action, seen);
    if (!fine.ok()) return fine;
  }
  return {};
}

void AddRecordExpressions(const CheckedFile& at, const twoway::RecordKind& kind) {
  at.AddExpression("/key", kind.key, {});
  if (!kind.changed_at.empty()) at.AddExpression("/changed_at", kind.changed_at, {});
  at.AddExpression("/fields", kind.native, {});
  if (!kind.event_key.empty()) at.AddExpression("/events/key", kind.event_key, {});
  if (!kind.event_whole.empty()) at.AddExpression("/events/whole", kind.event_whole, {});
}

}  // namespace

Status LoadRecords(const Folder& folder, const Formats& formats, Connector& connector) {
  ExpressionList unused;  // what is checked here needs none
  for (const std::string& path : folder.PathsBelow("records/")) {
    const auto file = folder.Load(path);
    if (!file.ok()) return file.error();
    if (Status fits = folder.Check(path, *file, formats.record); !fits.ok()) return fits;
    const CheckedFile at{folder, path, unused};
    twoway::RecordKind kind = RecordReader(*file).Read();
    if (path != RecordPath(kind.name)) return at.Fault("/record", "must be the file's name");
    if (Status events = ReadRecordEvents(at, connector, *file, kind); !events.ok()) return events;
    for (const auto& [name, limits] : kind.fields) {
      if (Status fine = CheckField(at, name, limits); !fine.ok()) return fine;
    }
    if (Status stream = CheckRecordStream(at, connector, kind); !stream.ok()) return stream;
    connector.records.emplace(kind.name, std::move(kind));
  }
  return {};
}

Status CheckRecords(const Folder& folder, const Connector& connector, ExpressionList& list) {
  for (const auto& [name, kind] : connector.records) {
    const CheckedFile at{folder, RecordPath(name), list};
    AddRecordExpressions(at, kind);
    Status fine = CheckRecordUses(at, connector, kind);
    if (fine.ok()) fine = CheckRecordChanges(at, connector, kind);
    if (!fine.ok()) return fine;
  }
  return {};
}

}  // namespace sb::connector
