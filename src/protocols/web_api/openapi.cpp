#include "protocols/web_api/openapi.hpp"

#include <map>
#include <set>

#include "base/json_text.hpp"
#include "base/text.hpp"
#include "protocols/web_api/schema.hpp"

namespace kontor::web_api {
namespace {

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string reference(std::string_view name) { return "{\"$ref\":\"#/components/schemas/" + std::string(name) + "\"}"; }

// "[Order]" -> "OrderList"; empty: no list of a named schema.
std::string list_name(std::string_view answer) {
  if (!answer.starts_with('[') || !answer.ends_with(']')) return {};
  return std::string(answer.substr(1, answer.size() - 2)) + "List";
}

std::string list_schema(std::string_view item) {
  return "{\"type\":\"object\",\"required\":[\"object\",\"data\",\"has_more\",\"next_cursor\"],\"properties\":{\"object\":{\"type\":"
         "\"string\",\"const\":\"list\"},\"data\":{\"type\":\"array\",\"items\":" +
         type_json(item) + "},\"has_more\":{\"type\":\"boolean\"},\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}";
}

// One parameter of RouteOptions::query: `name`, `name:type`, `name=a|b|c`; with ! it is required, with * it may be repeated.
// Names that begin with a capital are headers.
void write_parameter(JsonWriter& w, std::string_view word) {
  std::size_t at = word.find_first_of(":=");
  std::string_view name = word.substr(0, at);
  bool must = name.ends_with('!'), many = name.ends_with('*');
  if (must || many) name.remove_suffix(1);
  bool header = name[0] >= 'A' && name[0] <= 'Z';
  std::string type = name == "limit"                ? "{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"default\":20}"
                     : at == std::string_view::npos ? type_json("text")
                                                    : type_json(word.substr(at + 1));
  if (many) type = "{\"type\":\"array\",\"items\":" + type + "}";
  w.begin_object()
      .field("name", name)
      .field("in", header ? "header" : "query")
      .field("required", must)
      .raw_field("schema", type)
      .end_object();
}

void write_operation(JsonWriter& w, const server::Route& route, std::set<std::string>& lists) {
  const auto& o = route.options;
  bool writes = route.method == "POST" || route.method == "PATCH";
  w.begin_object().field("summary", o.summary.empty() ? route.method + " " + route.pattern : o.summary);
  w.key("parameters").begin_array();
  for (std::string_view word : split(o.query, ' '))
    if (!word.empty()) write_parameter(w, word);
  if (writes && o.query.find("Idempotency-Key") == std::string::npos) write_parameter(w, "Idempotency-Key");
  w.end_array();
  if (!o.body.empty()) {
    bool may_be_empty = o.body.ends_with('?');
    std::string_view name = std::string_view(o.body).substr(0, o.body.size() - (may_be_empty ? 1 : 0));
    w.key("requestBody")
        .begin_object()
        .field("required", !may_be_empty)
        .key("content")
        .begin_object()
        .key("application/json")
        .begin_object();
    w.raw_field("schema", reference(name)).end_object().end_object().end_object();
  }
  w.key("responses").begin_object();
  std::size_t blank = o.answer.find(' ');
  std::string status = o.answer.substr(0, blank);
  if (!status.empty()) {
    w.key(status).begin_object().field("description", "done");
    if (blank != std::string::npos) {
      std::string_view what = std::string_view(o.answer).substr(blank + 1);
      bool media = what.find('/') != std::string_view::npos;
      w.key("content").begin_object().key(media ? what : std::string_view("application/json")).begin_object();
      if (std::string list = list_name(what); !list.empty()) {
        lists.emplace(what.substr(1, what.size() - 2));
        w.raw_field("schema", reference(list));
      } else {
        w.raw_field("schema", media ? type_json("text") : type_json(what));
      }
      w.end_object().end_object();
    }
    w.end_object();
  }
  w.key("default")
      .begin_object()
      .field("description", "refused")
      .key("content")
      .begin_object()
      .key("application/json")
      .begin_object()
      .raw_field("schema", reference("Error"));
  w.end_object().end_object().end_object().end_object();
  if (o.auth == server::Auth::required)
    w.key("security").begin_array().begin_object().key("token").begin_array().end_array().end_object().end_array();
  w.end_object();
}

}  // namespace

std::string type_json(std::string_view type) {
  if (type.ends_with('?')) {
    std::string inner = type_json(type.substr(0, type.size() - 1));
    return "{\"anyOf\":[" + inner + ",{\"type\":\"null\"}]}";
  }
  if (type.starts_with('[') && type.ends_with(']'))
    return "{\"type\":\"array\",\"items\":" + type_json(type.substr(1, type.size() - 2)) + "}";
  if (type.find('|') != std::string_view::npos) {
    std::string out = "{\"type\":\"string\",\"enum\":[";
    for (std::string_view word : split(type, '|')) out += (out.back() == '[' ? "" : ",") + quoted(word);
    return out + "]}";
  }
  if (type == "text") return "{\"type\":\"string\"}";
  if (type == "time") return "{\"type\":\"string\",\"format\":\"date-time\"}";
  if (type == "json") return "{}";
  if (type == "integer" || type == "number" || type == "boolean") return "{\"type\":" + quoted(type) + "}";
  return reference(type);
}

std::string object_json(const Schema& s) {
  std::string required, properties;
  for (std::string_view word : split(s.members, ' ')) {
    if (word.empty()) continue;
    std::size_t at = word.find_first_of(":=");
    KT_ASSERT(at != std::string_view::npos);
    std::string_view name = word.substr(0, at);
    bool optional = name.ends_with('?');
    if (optional) name.remove_suffix(1);
    if (!optional) required += (required.empty() ? "" : ",") + quoted(name);
    std::string type =
        word[at] == '=' ? "{\"type\":\"string\",\"const\":" + quoted(word.substr(at + 1)) + "}" : type_json(word.substr(at + 1));
    properties += (properties.empty() ? "" : ",") + quoted(name) + ":" + type;
  }
  std::string out = "{\"type\":\"object\"";
  if (!required.empty()) out += ",\"required\":[" + required + "]";
  out += ",\"properties\":{" + properties + "}";
  return out + (s.closed ? ",\"additionalProperties\":false}" : "}");
}

std::string openapi(const server::Router& router) {
  std::map<std::string, std::map<std::string, const server::Route*>> paths;
  for (auto& [surface, route] : router.all()) {
    if (!route->pattern.starts_with("/api/v1/")) continue;
    std::string path = route->pattern;
    if (std::size_t star = path.find("*}"); star != std::string::npos) path.erase(star, 1);
    paths[path][ascii_lower(route->method)] = route;
  }
  std::set<std::string> lists;
  JsonWriter w;
  w.begin_object()
      .field("openapi", "3.1.0")
      .key("info")
      .begin_object()
      .field("title", "Kontor")
      .field("version", "1")
      .field("description", "The marketplace's own API")
      .end_object();
  w.key("paths").begin_object();
  for (auto& [path, methods] : paths) {
    w.key(path).begin_object();
    std::vector<std::string> names;
    for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{', at + 1))
      names.push_back(path.substr(at + 1, path.find('}', at) - at - 1));
    if (!names.empty()) {
      w.key("parameters").begin_array();
      for (auto& n : names)
        w.begin_object().field("name", n).field("in", "path").field("required", true).raw_field("schema", type_json("text")).end_object();
      w.end_array();
    }
    for (auto& [method, route] : methods) {
      w.key(method);
      write_operation(w, *route, lists);
    }
    w.end_object();
  }
  w.end_object().key("components").begin_object().key("schemas").begin_object();
  for (const auto* part : {&account_schemas(), &market_schemas(), &money_schemas()})
    for (const Schema& s : *part) w.raw_field(s.name, object_json(s));
  for (const std::string& item : lists) w.raw_field(item + "List", list_schema(item));
  w.end_object()
      .key("securitySchemes")
      .begin_object()
      .key("token")
      .begin_object()
      .field("type", "http")
      .field("scheme", "bearer")
      .end_object()
      .end_object()
      .end_object();
  return std::move(w.end_object()).str();
}

}  // namespace kontor::web_api
