#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

#include "connectors/aircall/sandbox/door/http.h"
#include "connectors/aircall/sandbox/render/render.h"

namespace sb::aircall::sandbox {
namespace {

std::string Dumped(const Doc& doc) {
  return doc.dump(-1, ' ', false, Doc::error_handler_t::replace);
}

bool IsPlain(const std::string& text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7E || c == '"' || c == '\\') return false;
  }
  return true;
}

void WriteText(const std::string& text, std::string& out) {
  if (!IsPlain(text)) {
    out += Dumped(Doc(text));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

void WriteNumber(std::int64_t number, std::string& out) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void Write(const Doc& doc, std::string& out);

void WriteObject(const Doc& doc, std::string& out) {
  char joint = '{';
  for (const auto& [key, value] : doc.get_ref<const Doc::object_t&>()) {
    out += joint;
    WriteText(key, out);
    out += ':';
    Write(value, out);
    joint = ',';
  }
  out += joint == '{' ? "{}" : "}";
}

void WriteArray(const Doc& doc, std::string& out) {
  char joint = '[';
  for (const Doc& value : doc) {
    out += joint;
    Write(value, out);
    joint = ',';
  }
  out += joint == '[' ? "[]" : "]";
}

void Write(const Doc& doc, std::string& out) {
  switch (doc.type()) {
    case Doc::value_t::object:
      return WriteObject(doc, out);
    case Doc::value_t::array:
      return WriteArray(doc, out);
    case Doc::value_t::string:
      return WriteText(doc.get_ref<const std::string&>(), out);
    case Doc::value_t::number_integer:
      return WriteNumber(doc.get<std::int64_t>(), out);
    case Doc::value_t::binary: {
      const auto& ready = doc.get_binary();
      // NOLINTNEXTLINE(*-reinterpret-cast): bytes are text here
      out.append(reinterpret_cast<const char*>(ready.data()), ready.size());
      return;
    }
    default:
      out += Dumped(doc);
  }
}

}  // namespace

Doc Ready(const Doc& doc) {
  const std::string text = TextOf(doc);
  return Doc::binary(std::vector<std::uint8_t>(text.begin(), text.end()));
}

std::string TextOf(const Doc& doc) {
  std::string out;
  Write(doc, out);
  return out;
}

}  // namespace sb::aircall::sandbox
