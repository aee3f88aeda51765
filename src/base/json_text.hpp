// Writing JSON: appends straight to a string, no tree. Reading is codec/json.hpp.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace kontor {

// Appends a quoted, escaped JSON string. Broken UTF-8 becomes U+FFFD, so the output is always valid JSON.
void append_json_string(std::string& out, std::string_view text);

// JsonWriter w; w.begin_object().key("id").value("x").end_object(); std::move(w).str()
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view k);
  JsonWriter& value(std::string_view v);
  JsonWriter& value(const char* v) { return value(std::string_view(v)); }
  JsonWriter& value(const std::string& v) { return value(std::string_view(v)); }
  JsonWriter& value(bool v) { return raw(v ? "true" : "false"); }
  JsonWriter& value(std::int64_t v) { return raw(std::to_string(v)); }
  JsonWriter& value(std::uint64_t v) { return raw(std::to_string(v)); }
  JsonWriter& value(int v) { return raw(std::to_string(v)); }
  JsonWriter& null() { return raw("null"); }
  // Already valid JSON text, inserted as a value.
  JsonWriter& raw(std::string_view json);
  template <class T>
  JsonWriter& field(std::string_view k, const T& v) {
    return key(k).value(v);
  }
  JsonWriter& raw_field(std::string_view k, std::string_view json) { return key(k).raw(json); }
  const std::string& text() const { return out_; }
  std::string str() && { return std::move(out_); }

 private:
  JsonWriter& open(char c) {
    separate();
    out_ += c;
    return *this;
  }
  JsonWriter& close(char c) {
    out_ += c;
    return *this;
  }
  void separate();
  std::string out_;
};

}  // namespace kontor
