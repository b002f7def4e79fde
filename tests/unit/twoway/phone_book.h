#pragma once

#include <string>

#include "engine/core/twoway/record_kind.h"

namespace sb::core::twoway::testing {

/// A connector "aircall" with contacts, and a connector "hub" of a CRM that has a field for each
/// phone.
inline RecordCatalog PhoneBooks() {
  const auto field = [](const std::string& type) {
    FieldLimits limits;
    limits.type = type;
    return limits;
  };
  RecordKind contact;
  contact.name = "contact";
  for (const char* name : {"first_name", "last_name", "company_name", "information"}) {
    contact.fields[name] = field("text");
    contact.fields[name].clears = false;
  }
  contact.fields["phone_numbers"] = field("phones");
  contact.fields["phone_numbers"].most = 20;
  contact.fields["phone_numbers"].least = 1;
  contact.fields["phone_numbers"].required = true;
  contact.fields["emails"] = field("emails");
  contact.fields["emails"].most = 20;
  contact.fields["created_at"] = field("number");
  contact.fields["created_at"].writable = false;

  RecordKind person;
  person.name = "person";
  for (const char* name : {"given", "family", "phone", "mobile", "mail", "notes"})
    person.fields[name] = field("text");
  person.fields["mails"] = field("emails");
  person.fields["numbers"] = field("phones");
  person.fields["score"] = field("number");
  person.fields["customer"] = field("boolean");
  person.fields["gone"] = field("boolean");
  return {{"aircall", {{"contact", contact}}}, {"hub", {{"person", person}}}};
}

}  // namespace sb::core::twoway::testing
