#include "engine/app/cli/csv.h"

#include <array>
#include <charconv>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/timestamp.pb.h>

#include "engine/app/cli/text.h"

namespace sb::app::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr const char* kCsvLineEnd = "\r\n";

bool IsCsvTime(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type()->full_name() == "google.protobuf.Timestamp";
}

/// Null: the message has no list.
const FieldDescriptor* CsvListOf(const Message& message) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    const bool is_list =
        field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (is_list) return field;
  }
  return nullptr;
}

std::vector<const FieldDescriptor*> CsvColumnsOf(const google::protobuf::Descriptor& type) {
  std::vector<const FieldDescriptor*> columns;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    const bool is_value =
        field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || IsCsvTime(*field);
    if (is_value && !field->is_repeated()) columns.push_back(field);
  }
  return columns;
}

std::string CsvTime(const Message& item, const FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *item.GetReflection();
  if (!reflection.HasField(item, &field)) return {};
  google::protobuf::Timestamp when;
  when.CopyFrom(reflection.GetMessage(item, &field));
  return ToRfc3339(ToWallTime(when));
}

std::string CsvNumber(double number) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), end.ptr};
}

std::string CsvValue(const Message& item, const FieldDescriptor& field) {
  const google::protobuf::Reflection& reflection = *item.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return std::to_string(reflection.GetInt32(item, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return std::to_string(reflection.GetInt64(item, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return std::to_string(reflection.GetUInt32(item, &field));
    case FieldDescriptor::CPPTYPE_UINT64:
      return std::to_string(reflection.GetUInt64(item, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return CsvNumber(reflection.GetDouble(item, &field));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return CsvNumber(static_cast<double>(reflection.GetFloat(item, &field)));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(item, &field) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.GetEnum(item, &field)->name();
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(item, &field);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return CsvTime(item, field);
  }
  return {};
}

}  // namespace

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string ListCsv(const google::protobuf::Message& message) {
  const FieldDescriptor* list = CsvListOf(message);
  if (list == nullptr) return {};
  const auto columns = CsvColumnsOf(*list->message_type());
  std::string text;
  for (const FieldDescriptor* column : columns)
    text += (column == columns.front() ? "" : ",") + column->name();
  text += kCsvLineEnd;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < reflection.FieldSize(message, list); ++i) {
    const Message& item = reflection.GetRepeatedMessage(message, list, i);
    for (const FieldDescriptor* column : columns)
      text += (column == columns.front() ? "" : ",") + CsvField(CsvValue(item, *column));
    text += kCsvLineEnd;
  }
  return text;
}

}  // namespace sb::app::cli
