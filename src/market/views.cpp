#include "market/views.hpp"

#include "base/text.hpp"

namespace kontor::market {
namespace {
void time_field(JsonWriter& w, std::string_view key, const std::optional<Time>& t) {
  w.key(key);
  if (t)
    w.value(rfc3339(*t));
  else
    w.null();
}
}  // namespace

std::string money_json(Wide micros, std::string_view currency) {
  std::string out = "{\"amount\":\"";
  out += format_amount(micros, currency_digits(currency).value_or(2));
  out += "\",\"currency\":\"";
  out += currency;
  out += "\"}";
  return out;
}

std::string list_json(std::string_view text, char separator) {
  std::string out = "[";
  for (std::string_view part : split(text, separator)) {
    if (part.empty()) continue;
    if (out.size() > 1) out += ',';
    append_json_string(out, part);
  }
  return out + "]";
}

std::string offer_json(const Offer& o, std::string_view plan_body, const Settings& s) {
  JsonWriter w;
  w.begin_object().field("object", "offer").field("id", o.id).field("version", o.version).field("state", o.active ? "active" : "withdrawn");
  w.field("listing", o.listing)
      .field("seller", o.seller)
      .field("asset", o.asset)
      .field("visibility", o.visibility)
      .raw_field("rights", list_json(o.rights, ' '));
  w.field("licence", o.licence).field("auto_accept", o.auto_accept);
  time_field(w, "valid_until", o.valid_until);
  w.key("buyer");
  if (o.buyer.empty())
    w.null();
  else
    w.value(o.buyer);
  w.field("price_text", o.price_text).raw_field("due_at_once", money_json(o.due_at_once, o.currency));
  w.field("checkout_url", s.public_url + "/market/offers/" + o.id);
  w.key("plan").begin_object().field("object", "plan").field("id", o.plan).field("version", o.plan_version);
  // The plan's own members follow; its text is an object.
  std::string members(plan_body.substr(1, plan_body.size() - 2));
  std::string out = std::move(w).str();
  if (!members.empty()) out += "," + members;
  out += "},\"created_at\":\"" + rfc3339(o.created_at) + "\"}";
  return out;
}

std::string plan_json(const PlanVersion& p) {
  JsonWriter w;
  w.begin_object()
      .field("object", "plan")
      .field("id", p.id)
      .field("version", p.version)
      .field("listing", p.listing)
      .field("created_at", rfc3339(p.created_at));
  std::string out = std::move(w).str();
  return out + "," + p.body.substr(1);
}

std::string order_json(const Placed& placed, const metering::Plan* terms, bool with_split, const RefundStanding* refund) {
  const Order& o = placed.order;
  JsonWriter w;
  w.begin_object().field("object", "order").field("id", o.id).field("state", name_of(o.state)).field("payment_status", o.payment_status());
  w.field("buyer", o.buyer)
      .field("seller", o.seller)
      .field("listing", o.listing)
      .field("asset", o.asset)
      .field("offer", o.offer)
      .field("offer_version", o.offer_version);
  w.field("plan", o.plan)
      .field("plan_version", o.plan_version)
      .field("licence_text_hash", o.licence_hash)
      .field("refund_policy", o.refund_policy);
  w.field("quantity", o.quantity).field("payment_method", "wallet").field("version", o.version);
  w.raw_field("subtotal", money_json(o.total, o.currency))
      .raw_field("tax", money_json(0, o.currency))
      .raw_field("total", money_json(o.total, o.currency));
  w.raw_field("refunded", money_json(o.refunded, o.currency));
  if (refund) {
    w.key("refund").begin_object().field("possible", !refund->refusal);
    time_field(w, "until", refund->until);
    w.key("reason");
    if (refund->refusal)
      w.value(refund->reason);
    else
      w.null();
    w.end_object();
  }
  bool delivered = o.delivered_at || o.state == OrderState::completed || o.state == OrderState::refunded;
  std::string_view fulfilment = o.state == OrderState::completed || o.state == OrderState::refunded ? "accepted"
                                : delivered                                                         ? "delivered"
                                : o.state == OrderState::cancelled                                  ? "returned"
                                                                                                    : "pending";
  w.key("lines").begin_array();
  auto line = [&](std::string_view component, std::int64_t quantity, Wide amount) {
    w.begin_object()
        .field("component", component)
        .field("quantity", quantity)
        .raw_field("amount", money_json(amount, o.currency))
        .field("fulfilment", fulfilment)
        .key("entitlement");
    if (o.entitlement.empty())
      w.null();
    else
      w.value(o.entitlement);
    w.end_object();
  };
  if (terms)
    for (const auto& c : terms->components) {
      if (c.kind == metering::Kind::one_off)
        line(c.id, o.quantity, Wide(c.amount) * o.quantity);
      else if (c.kind == metering::Kind::setup)
        line(c.id, 1, c.amount);
      else
        line(c.id, 0, 0);
    }
  w.end_array();
  if (with_split) {
    w.key("split").begin_array();
    if (o.fee > 0)
      w.begin_object()
          .field("party", identity::platform_party_id)
          .field("role", "fee")
          .raw_field("amount", money_json(o.fee, o.currency))
          .end_object();
    w.begin_object()
        .field("party", o.seller)
        .field("role", "seller")
        .raw_field("amount", money_json(o.seller_share, o.currency))
        .end_object()
        .end_array();
  }
  w.key("trade_log").begin_array();
  for (const auto& l : placed.leaves) {
    w.begin_object().field("kind", l.leaf.kind).field("leaf_hash", l.leaf.hash.hex()).key("index");
    if (l.index)
      w.value(*l.index);
    else
      w.null();
    w.end_object();
  }
  w.end_array();
  w.key("timeline").begin_array();
  auto step = [&](Time at, std::string_view state) { w.begin_object().field("at", rfc3339(at)).field("state", state).end_object(); };
  step(o.created_at, "placed");
  step(o.created_at, "confirmed");
  if (o.delivered_at) step(*o.delivered_at, "delivered");
  if (o.completed_at) step(*o.completed_at, "completed");
  if (o.ended_at) step(*o.ended_at, name_of(o.state));
  w.end_array().field("created_at", rfc3339(o.created_at)).end_object();
  return std::move(w).str();
}

std::string refund_json(const Refund& r) {
  JsonWriter w;
  w.begin_object()
      .field("object", "refund")
      .field("id", r.id)
      .field("order", r.order)
      .field("state", "succeeded")
      .raw_field("amount", money_json(r.amount, r.currency))
      .field("reason", r.reason);
  w.key("legs").begin_array();
  auto leg = [&](std::string_view role, std::string_view source, Micros amount) {
    if (amount > 0)
      w.begin_object().field("role", role).field("source", source).raw_field("amount", money_json(amount, r.currency)).end_object();
  };
  leg("fee", "platform_fee", r.fee);
  leg("seller", "pending", r.from_pending);
  leg("seller", "available", r.from_available);
  leg("seller", "due_from", r.from_due);
  w.end_array().field("created_at", rfc3339(r.created_at)).end_object();
  return std::move(w).str();
}

std::string top_up_json(const TopUp& t, const Settings& s) {
  JsonWriter w;
  w.begin_object()
      .field("object", "top_up")
      .field("id", t.id)
      .field("state", name_of(t.state))
      .field("party", t.party)
      .field("method", "bank_transfer");
  w.raw_field("amount", money_json(t.amount, t.currency))
      .raw_field("received", money_json(t.received, t.currency))
      .field("reference", t.reference);
  w.key("bank_details")
      .begin_object()
      .field("beneficiary", s.bank_beneficiary.empty() ? "The operator of " + s.public_url : s.bank_beneficiary)
      .field("reference", t.reference);
  for (const auto& [key, value] : {std::pair("bank", &s.bank_name), std::pair("account", &s.bank_account), std::pair("bic", &s.bank_bic)})
    if (!value->empty()) w.field(key, *value);
  w.end_object();
  w.field("created_at", rfc3339(t.created_at)).field("expires_at", rfc3339(t.expires_at)).end_object();
  return std::move(w).str();
}

std::string entitlement_json(const Entitlement& e, const std::vector<CounterRow>& counters) {
  JsonWriter w;
  w.begin_object()
      .field("object", "entitlement")
      .field("id", e.id)
      .field("state", name_of(e.state))
      .field("holder", e.holder)
      .field("asset", e.asset);
  w.raw_field("rights", list_json(e.rights, ' ')).field("valid_from", rfc3339(e.valid_from));
  time_field(w, "valid_to", e.valid_to);
  w.field("order", e.order).field("offer", e.offer).field("grant", e.grant);
  time_field(w, "touched_at", e.touched_at);
  w.field("calls", e.calls).key("counters").begin_array();
  for (const auto& c : counters)
    w.begin_object()
        .field("component", c.component)
        .key("dimensions")
        .begin_object()
        .end_object()
        .field("quantity", c.quantity)
        .field("free_left", c.free_left)
        .raw_field("charged", money_json(c.charged, e.currency))
        .end_object();
  w.end_array().field("created_at", rfc3339(e.created_at)).end_object();
  return std::move(w).str();
}

std::string hold_json(const Hold& h) {
  JsonWriter w;
  w.begin_object()
      .field("object", "hold")
      .field("id", h.id)
      .field("state", name_of(h.state))
      .field("party", h.buyer)
      .field("entitlement", h.entitlement);
  w.raw_field("amount", money_json(h.amount, h.currency))
      .raw_field("captured", money_json(h.captured, h.currency))
      .field("source", h.source)
      .field("event_id", h.event_id);
  w.field("created_at", rfc3339(h.created_at)).field("expires_at", rfc3339(h.expires_at)).end_object();
  return std::move(w).str();
}

std::string usage_json(const Usage& u) {
  JsonWriter w;
  w.begin_object()
      .field("object", "usage_record")
      .field("id", u.id)
      .field("source", u.source)
      .field("event_id", u.event_id)
      .field("at", rfc3339(u.at));
  w.field("entitlement", u.entitlement)
      .field("asset", u.asset)
      .field("component", u.component)
      .field("quantity", u.quantity)
      .raw_field("charged", money_json(u.charged, u.currency));
  w.field("failed", u.failed).field("state", "posted").field("created_at", rfc3339(u.at)).end_object();
  return std::move(w).str();
}

}  // namespace kontor::market
