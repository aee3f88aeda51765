// Small things that several use cases share: records for the trade log, refusals.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/ids.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "codec/sha256.hpp"
#include "market/market.hpp"

namespace kontor::market {

// Canonical JSON (RFC 8785) of text members; keys must come sorted.
inline std::string canonical(std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  std::string out = "{";
  std::string_view before;
  for (auto& [key, value] : members) {
    KT_ASSERT(before < key);
    before = key;
    if (out.size() > 1) out += ',';
    append_json_string(out, key);
    out += ':';
    append_json_string(out, value);
  }
  return out + "}";
}

inline std::string amount_text(Wide micros, std::string_view currency) {
  return format_amount(micros, currency_digits(currency).value_or(2));
}

inline Unexpected not_found(std::string_view what) { return fail(Errc::not_found, "not_found", std::string(what) + " was not found."); }

inline Unexpected wrong_state(std::string message, std::string_view reason = {}) {
  std::string details;
  if (!reason.empty()) {
    JsonWriter w;
    w.begin_object().field("reason", reason).end_object();
    details = std::move(w).str();
  }
  return fail(Errc::conflict, "invalid_state", std::move(message), std::move(details));
}

inline Unexpected bad_field(std::string_view path, std::string_view field_code, std::string message, std::string_view code = "invalid") {
  JsonWriter w;
  w.begin_object()
      .key("fields")
      .begin_array()
      .begin_object()
      .field("path", path)
      .field("code", field_code)
      .end_object()
      .end_array()
      .end_object();
  return fail(Errc::invalid, std::string(code), std::move(message), std::move(w).str());
}

// A text of any characters as part of a business id: its hash, since '|' and blanks may be in it.
inline std::string sha_id(std::string_view text) { return codec::sha256_hex(text).substr(0, 32); }

// Part of a blank-separated list.
inline bool contains_word(std::string_view list, std::string_view word) {
  for (std::string_view part : split(list, ' '))
    if (part == word) return true;
  return false;
}

inline ledger::Leg leg(std::string debit, std::string credit, Micros amount, std::string_view currency,
                       ledger::Flag flag = ledger::Flag::plain, std::string pending = {}, std::int64_t expires_ns = 0) {
  return {std::move(debit), std::move(credit), amount, std::string(currency), flag, std::move(pending), expires_ns};
}

}  // namespace kontor::market
