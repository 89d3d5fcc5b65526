#include "store/document.h"

namespace danewerk::store {

Json to_document(const std::string& value) {
  return value;
}
Json to_document(const Bytes& value) {
  return to_hex(value);
}
Json to_document(sys_seconds value) {
  return value.time_since_epoch().count();
}
Json to_document(seconds value) {
  return value.count();
}

void from_document(const Json& json, std::string& value) {
  if (!json.is_string()) throw BadRow("a text is expected");
  value = json.get<std::string>();
}

void from_document(const Json& json, Bytes& value) {
  std::string text;
  from_document(json, text);
  value.resize(text.size() / 2);
  const auto size = decode_hex(text, value.data());
  if (!size || *size != value.size()) throw BadRow("octets are expected");
}

void from_document(const Json& json, sys_seconds& value) {
  seconds since{};
  from_document(json, since);
  value = sys_seconds(since);
}

void from_document(const Json& json, seconds& value) {
  if (!json.is_number_integer()) throw BadRow("a number of seconds is expected");
  value = seconds(json.get<std::int64_t>());
}

}  // namespace danewerk::store
