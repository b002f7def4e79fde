#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/core/sync/form_reader.h"
#include "engine/core/twoway/definition.h"
#include "engine/core/workflow/suggest.h"

namespace sb::core::twoway {
namespace {

/// Whether a native field of this type can hold values of this shape, as it is.
bool CanHold(const std::string& type, Shape shape) {
  static const std::map<std::string, std::set<Shape>> kHeld = {
      {"text",
       {Shape::kText, Shape::kNumber, Shape::kBoolean, Shape::kEmail, Shape::kPhone, Shape::kPhones,
        Shape::kEmails}},
      {"number", {Shape::kNumber, Shape::kText}},
      {"boolean", {Shape::kBoolean, Shape::kText}},
      {"phones", {Shape::kPhones}},
      {"emails", {Shape::kEmails}}};
  const auto held = kHeld.find(type);
  return held == kHeld.end() || held->second.contains(shape);
}

/// Compares a definition with what one side has.
class ShapeCheck {
 public:
  ShapeCheck(const Definition& definition, Side side, const SideShape& shape)
      : definition_(definition), side_(side), spec_(definition.at(side)), shape_(shape) {}

  std::vector<Diagnostic> Run() {
    for (std::size_t i = 0; i < definition_.fields.size(); ++i)
      CheckField(definition_.fields[i],
                 "/fields/" + std::to_string(i) + "/" + PointerStep(spec_.name));
    const std::string at = "/between/" + PointerStep(spec_.name);
    if (!spec_.external_key.empty()) CheckKnown(spec_.external_key, at + "/external_key");
    CheckFlag();
    CheckRequired();
    return std::move(faults_);
  }

 private:
  void Report(std::string code, std::string pointer, std::string message,
              std::string suggestion = {}) {
    faults_.push_back(
        {std::move(code), std::move(message), std::move(pointer), {}, std::move(suggestion)});
  }

  /// Null: reported.
  const FieldLimits* CheckKnown(const std::string& name, const std::string& pointer) {
    const auto found = shape_.find(name);
    if (found != shape_.end()) return &found->second;
    std::vector<std::string> known;
    for (const auto& [each, limits] : shape_) known.push_back(each);
    Report(
        "LINK_FIELD_UNKNOWN", pointer,
        "`" + spec_.name + "` has no `" + name.substr(0, 63) + "`; it has: " + sync::Listed(known),
        workflow::DidYouMean(name, known));
    return nullptr;
  }

  void CheckField(const Field& field, const std::string& pointer) {
    for (const std::string& name : field.at(side_).names) {
      const FieldLimits* limits = CheckKnown(name, pointer);
      if (limits == nullptr) continue;
      if (!limits->writable && field.IsWritten(side_)) {
        Report("LINK_FIELD_READ_ONLY", pointer,
               "`" + name + "` of `" + spec_.name +
                   "` cannot be written; add `from: " + spec_.name + "`, so that it is only read");
      }
      const bool as_it_is = field.at(side_).read.empty();
      if (as_it_is && !CanHold(limits->type, field.shape)) {
        Report("LINK_TYPE_UNFIT", pointer,
               "`" + name + "` of `" + spec_.name + "` holds " + limits->type +
                   ", which is not what the field is; say `as:`, or turn it by `read` and `write`");
      }
    }
  }

  void CheckFlag() {
    const DeleteRules& rules = definition_.deletes;
    const bool a = side_ == Side::kA;
    const std::string& flag = a ? rules.flag_a : rules.flag_b;
    if ((a ? rules.to_a : rules.to_b) != Deletes::kFlag || flag.empty()) return;
    const std::string pointer = "/deletes/policy/" + PointerStep(spec_.name) + "/flag";
    const FieldLimits* limits = CheckKnown(flag, pointer);
    if (limits == nullptr) return;
    if (!limits->writable)
      Report("LINK_FIELD_READ_ONLY", pointer, "`" + flag + "` cannot be written");
    if (!CanHold(limits->type, Shape::kBoolean))
      Report("LINK_TYPE_UNFIT", pointer, "`" + flag + "` cannot hold true");
  }

  void CheckRequired() {
    const bool a = side_ == Side::kA;
    const bool made = definition_.creates == Creates::kBoth ||
                      definition_.creates == (a ? Creates::kInA : Creates::kInB);
    if (!made) return;
    std::set<std::string> given{spec_.key, spec_.external_key};
    for (const Field& field : definition_.fields) {
      if (!field.IsWritten(side_)) continue;
      for (const std::string& name : field.at(side_).names) given.insert(name);
    }
    for (const auto& [name, limits] : shape_) {
      if (!limits.required || given.contains(name)) continue;
      Report("LINK_REQUIRED_UNMAPPED", "/fields",
             "no record can be made in `" + spec_.name + "` without `" + name +
                 "`, to which no field writes; map it, or let `creates` name the other side or "
                 "none");
    }
  }

  const Definition& definition_;
  const Side side_;
  const SideSpec& spec_;
  const SideShape& shape_;
  std::vector<Diagnostic> faults_;
};

}  // namespace

std::vector<Diagnostic> CheckShape(const Definition& definition, Side side,
                                   const SideShape& shape) {
  if (shape.empty()) return {};
  return ShapeCheck(definition, side, shape).Run();
}

}  // namespace sb::core::twoway
