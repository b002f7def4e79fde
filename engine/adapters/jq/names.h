#pragma once

// Of what jq's names of variables, functions and members are made.
namespace sb::adapters::jq {

constexpr bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

constexpr bool IsNamePart(char c) {
  return IsNameStart(c) || (c >= '0' && c <= '9');
}

}  // namespace sb::adapters::jq
