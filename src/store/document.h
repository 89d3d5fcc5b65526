#pragma once

/// \file
/// Values as JSON documents, both ways, from one list of fields a type. Private to this folder.
/// Reading throws BadRow where a document is not what was written; a field that is not there keeps
/// its default, so that documents of an older version are read.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/time.h"
#include "store/state_rows.h"

namespace danewerk::store {

using Json = nlohmann::json;

/// Enumerations and their words: specialised where the types are listed.
template <class T>
struct Words;

class DocumentWriter;
class DocumentReader;

Json to_document(const std::string& value);
Json to_document(const Bytes& value);
Json to_document(sys_seconds value);
Json to_document(seconds value);

template <class T>
Json to_document(const T& value);
template <class T>
Json to_document(const std::vector<T>& all);
template <class T>
Json to_document(const std::set<T>& all);
template <class T>
Json to_document(const std::map<std::string, T>& all);

void from_document(const Json& json, std::string& value);
void from_document(const Json& json, Bytes& value);
void from_document(const Json& json, sys_seconds& value);
void from_document(const Json& json, seconds& value);

template <class T>
void from_document(const Json& json, T& value);
template <class T>
void from_document(const Json& json, std::optional<T>& value);
template <class T>
void from_document(const Json& json, std::vector<T>& all);
template <class T>
void from_document(const Json& json, std::set<T>& all);
template <class T>
void from_document(const Json& json, std::map<std::string, T>& all);

/// Empty optionals are left out.
class DocumentWriter {
 public:
  template <class T>
  void operator()(const char* name, const T& value) {
    json_[name] = to_document(value);
  }
  template <class T>
  void operator()(const char* name, const std::optional<T>& value) {
    if (value) json_[name] = to_document(*value);
  }
  [[nodiscard]] Json take() { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

class DocumentReader {
 public:
  explicit DocumentReader(const Json& json) : json_(json) {
    if (!json.is_object()) throw BadRow("an object is expected");
  }
  template <class T>
  void operator()(const char* name, T& value) {
    const auto found = json_.find(name);
    if (found != json_.end()) from_document(*found, value);
  }

 private:
  const Json& json_;
};

template <class T>
Json to_document(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    return std::string(to_text(value));
  } else if constexpr (std::is_arithmetic_v<T>) {
    return value;
  } else {
    DocumentWriter writer;
    fields(writer, value);
    return writer.take();
  }
}

template <class T>
Json to_document(const std::vector<T>& all) {
  auto list = Json::array();
  for (const auto& one : all) list.push_back(to_document(one));
  return list;
}

template <class T>
Json to_document(const std::set<T>& all) {
  auto list = Json::array();
  for (const auto& one : all) list.push_back(to_document(one));
  return list;
}

template <class T>
Json to_document(const std::map<std::string, T>& all) {
  auto object = Json::object();
  for (const auto& [name, one] : all) object[name] = to_document(one);
  return object;
}

template <class T>
void from_document(const Json& json, T& value) {
  if constexpr (std::is_enum_v<T>) {
    std::string word;
    from_document(json, word);
    const auto known = Words<T>::from(word);
    if (!known) throw BadRow(fmt::format("'{}' is not known here", word));
    value = *known;
  } else if constexpr (std::is_same_v<T, bool>) {
    if (!json.is_boolean()) throw BadRow("a truth value is expected");
    value = json.template get<bool>();
  } else if constexpr (std::is_arithmetic_v<T>) {
    if (!json.is_number_integer()) throw BadRow("a number is expected");
    value = json.template get<T>();
  } else {
    DocumentReader reader(json);
    fields(reader, value);
  }
}

template <class T>
void from_document(const Json& json, std::optional<T>& value) {
  T one{};
  from_document(json, one);
  value.emplace(std::move(one));
}

template <class T>
void from_document(const Json& json, std::vector<T>& all) {
  if (!json.is_array()) throw BadRow("a list is expected");
  all.clear();
  for (const auto& one : json) from_document(one, all.emplace_back());
}

template <class T>
void from_document(const Json& json, std::set<T>& all) {
  if (!json.is_array()) throw BadRow("a list is expected");
  all.clear();
  for (const auto& one : json) {
    T value{};
    from_document(one, value);
    all.insert(std::move(value));
  }
}

template <class T>
void from_document(const Json& json, std::map<std::string, T>& all) {
  if (!json.is_object()) throw BadRow("an object is expected");
  all.clear();
  for (const auto& [name, one] : json.items()) from_document(one, all[name]);
}

}  // namespace danewerk::store
