// Schemas of the native API in a short notation, from which the components of /openapi.json are written.
//
// A schema is a line of members, separated by blanks: `name:type`, `name?:type` where it may be absent, `name=word` for a constant.
// A type is text, integer, number, boolean, time, json (anything) or the name of a schema; [type] is a list, type? may be null, a|b|c is
// one of these words. Routes use the same notation for what they answer (server::RouteOptions).
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace kontor::web_api {

struct Schema {
  std::string_view name;
  std::string_view members;
  bool closed = false;  // a request: members that are not named here are refused
};

// One file per part; openapi.cpp puts them together.
const std::vector<Schema>& account_schemas();  // parties, tokens, sessions, organisations
const std::vector<Schema>& market_schemas();   // listings, plans, offers, orders, entitlements, catalogue
const std::vector<Schema>& money_schemas();    // wallets, usage, statements, ledger, trade log, operator

// JSON Schema of a type, and of a schema's members.
std::string type_json(std::string_view type);
std::string object_json(const Schema& schema);

}  // namespace kontor::web_api
