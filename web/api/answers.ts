// Names for the shapes of the API. What schema.d.ts describes is taken from there; the rest is written down here from the API's
// documentation until its description has it, and then goes.
import type { Money } from "../lib/money.ts";

export type { Money };

export interface List<T> {
  object: "list";
  data: T[];
  has_more: boolean;
  next_cursor: string | null;
}

export interface PartyRef {
  id: string;
  name: string;
  kind: "person" | "organisation";
  roles?: string[];
}

export interface Me {
  object: "party";
  id: string;
  kind: "person";
  name: string;
  full_name: string;
  email?: string;
  kyc_level: number;
  default_currency: string;
  billing_tz: string;
  is_operator: boolean;
  may_act_for: PartyRef[];
  scopes: string[];
  created_at: string;
}

export interface Party {
  object: "party";
  id: string;
  name: string;
  kind?: "person" | "organisation";
  full_name?: string;
  kyc_level: number;
  created_at?: string;
}

export interface Wallet {
  object: "wallet";
  party: string;
  currency: string;
  balance: Money;
  held: Money;
  promotional: Money;
  frozen: Money;
  available: Money;
}

export interface WalletEntry {
  object: "wallet_entry";
  at: string;
  kind: string;
  amount: Money;
  balance_after: Money;
  ref: string;
  transfer: string;
}

export interface TopUp {
  object: "top_up";
  id: string;
  state: "requires_action" | "partially_paid" | "succeeded" | "expired" | "cancelled" | "failed";
  party: string;
  method: string;
  amount: Money;
  received: Money;
  reference: string;
  bank_details: Record<string, string>;
  created_at: string;
  expires_at: string;
}

export interface Tier {
  up_to: number | null;
  unit_amount: string;
  flat_amount?: string;
  per?: number;
}

export interface PlanComponent {
  id: string;
  kind: string;
  term?: "prepaid" | "arrears";
  amount?: string;
  meter?: string;
  model?: string;
  free_units?: number;
  free_reset?: string;
  tiers?: Tier[];
}

export interface PlanBody {
  currency: string;
  components: PlanComponent[];
  refund_policy: string;
  tax_behaviour: string;
}

export interface Plan extends PlanBody {
  object: "plan";
  id: string;
  version: number;
  listing?: string;
  created_at?: string;
}

export interface Share {
  party: string;
  role: string;
  amount: Money;
}

export interface Preview {
  charges: { component: string; amount: Money }[];
  total: Money;
  split?: Share[];
}

export interface Offer {
  object: "offer";
  id: string;
  version: number;
  state: "active" | "withdrawn";
  listing: string;
  seller: string;
  asset: string;
  visibility: "public" | "private";
  rights: string[];
  licence: string;
  auto_accept: boolean;
  valid_until: string | null;
  buyer: string | null;
  price_text: string;
  due_at_once: Money;
  checkout_url: string;
  plan: Plan;
  created_at: string;
}

export interface Listing {
  object: "listing";
  id: string;
  state: "draft" | "in_review" | "published" | "suspended" | "retired";
  version: number;
  seller: string;
  asset: string;
  title: string;
  summary: string;
  category: string;
  delivery: string[];
  licence_template: string;
  free_files: string[];
  offers: Offer[];
  rating: null | { average: string; count: number };
  entitlement: string | null;
  review_note?: string | null;
  created_at: string;
  published_at: string | null;
}

export interface OrderLine {
  component: string;
  quantity: number;
  amount: Money;
  fulfilment: string;
  entitlement: string | null;
}

export interface Order {
  object: "order";
  id: string;
  state: string;
  payment_status: string;
  buyer: string;
  seller: string;
  listing: string;
  asset: string;
  offer: string;
  offer_version: number;
  plan: string;
  plan_version: number;
  licence_text_hash: string;
  refund_policy: string;
  quantity: number;
  payment_method: string;
  version: number;
  subtotal: Money;
  tax: Money;
  total: Money;
  refunded: Money;
  lines: OrderLine[];
  split?: Share[];
  trade_log: { kind: string; leaf_hash: string; index: number | null }[];
  timeline: { at: string; state: string }[];
  created_at: string;
}

export interface Refund {
  object: "refund";
  id: string;
  order: string;
  state: string;
  amount: Money;
  reason: string;
  legs: { role: string; source: string; amount: Money }[];
  created_at: string;
}

export interface TradeRecord {
  object: "trade_record";
  kind: string;
  index: number | null;
  leaf_hash: string;
  leaf: string;
  salt: string;
  record: string;
}

export interface Entitlement {
  object: "entitlement";
  id: string;
  state: string;
  holder: string;
  asset: string;
  rights: string[];
  valid_from: string;
  valid_to: string | null;
  order: string;
  offer: string;
  grant: string;
  touched_at: string | null;
  calls: number;
  counters: { component: string; dimensions: Record<string, string>; quantity: number; free_left: number; charged: Money }[];
  created_at: string;
}

export interface EntitlementCheck {
  allowed: boolean;
  reason: string | null;
  entitlement: string | null;
  offers: string[];
}

export interface UsageBucket {
  object: "usage_bucket";
  key: string;
  quantity: number;
  charged: Money;
  failed: number;
}

export interface UsageRecord {
  object: "usage_record";
  id: string;
  source: string;
  event_id: string;
  at: string;
  entitlement: string;
  asset: string;
  component: string;
  quantity: number;
  charged: Money;
  failed: boolean;
  state: string;
  created_at: string;
}

export interface Balance {
  object: "balance";
  party: string;
  currency: string;
  unfunded: Money;
  pending: Money;
  available: Money;
  reserve: Money;
  in_transit: Money;
  due_from: Money;
  next_clearing_at: string | null;
}

export interface Statement {
  object: "statement";
  party: string;
  currency: string;
  opening: Money;
  closing: Money;
  totals: { gross: Money; platform_fee: Money; commissions: Money; refunds: Money; net: Money };
  entries: { at: string; kind: string; ref: string; gross: Money; fee: Money; net: Money }[];
}

export interface LogEntry {
  index: number;
  leaf: string;
  leaf_hash: string;
}

export interface LogInclusion {
  index: number;
  size: number;
  leaf_hash: string;
  root: string;
  hashes: string[];
}

export interface LogConsistency {
  from: number;
  to: number;
  from_root: string;
  to_root: string;
  hashes: string[];
}

export interface LedgerAccount {
  object: "account";
  id: string;
  name: string;
  code: number;
  currency: string;
  normal: "debit" | "credit";
  debits_posted: Money;
  credits_posted: Money;
  debits_pending: Money;
  credits_pending: Money;
  balance: Money;
}

export interface LedgerTransfer {
  object: "transfer";
  id: string;
  txn: string;
  debit: string;
  credit: string;
  amount: Money;
  kind: string;
  flags: string[];
  pending_id: string | null;
  seq: number | null;
  ref: string;
  at: string;
}

export interface TrialBalance {
  object: "trial_balance";
  currency: string;
  data: { account: string; code: number; balance: Money }[];
  debits: Money;
  credits: Money;
  balanced: boolean;
}

/** JSON Schema of a model's input, the subset of the Replicate wire. */
export interface InputSchema {
  type?: string;
  title?: string;
  properties?: Record<string, InputProperty>;
  required?: string[];
}

export interface InputProperty {
  type?: string;
  format?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: (string | number)[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  items?: InputProperty;
  allOf?: InputProperty[];
  nullable?: boolean;
  "x-order"?: number;
}

export interface Deployment {
  object: "deployment";
  id: string;
  asset: string;
  revision: string;
  commit: string;
  state: "starting" | "ready" | "idle" | "failed" | "stopped";
  visibility: "public" | "private";
  min_replicas: number;
  max_replicas: number;
  hardware: string;
  runtime: string;
  kind: string;
  replicate_model: string;
  version: string;
  input_schema: InputSchema | null;
  failure: string | null;
  created_at: string;
}

export interface Token {
  object: "token";
  id: string;
  name: string;
  role: "read" | "write" | "admin";
  created_at: string;
  expires_at: string | null;
}

export interface NewToken extends Token {
  token: string;
}

export interface Session {
  object: "session";
  party: string;
  name: string;
  csrf_token: string;
}

export interface AuditEntry {
  object: "audit_entry";
  id: number | string;
  at: string;
  actor: string;
  action: string;
  item: string;
  details: Record<string, unknown>;
  request_id: string;
}

export interface Earnings {
  key: { day?: string; listing?: string };
  gross: Money;
  fee: Money;
  net: Money;
  quantity: number;
  failed: number;
}

/** POST /v1/predictions and its relatives (Replicate's wire). */
export interface Prediction {
  id: string;
  model: string;
  version: string;
  status: "starting" | "processing" | "succeeded" | "failed" | "canceled" | "aborted";
  input: Record<string, unknown>;
  output: unknown;
  error: string | null;
  logs: string;
  metrics?: { predict_time?: number; total_time?: number; [more: string]: unknown };
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  urls?: Record<string, string>;
}

/** Routes whose answer the API's description does not tell yet: "METHOD path". */
export interface Answers {
  "get /me": Me;
  "get /wallets": List<Wallet>;
  "get /wallets/{currency}/entries": List<WalletEntry>;
  "get /top_ups": List<TopUp>;
  "post /top_ups": TopUp;
  "get /top_ups/{id}": TopUp;
  "post /top_ups/{id}/confirm": TopUp;
  "get /listings": List<Listing>;
  "post /listings": Listing;
  "get /listings/{id}": Listing;
  "patch /listings/{id}": Listing;
  "post /listings/{id}/submit": Listing;
  "post /listings/{id}/approve": Listing;
  "post /listings/{id}/reject": Listing;
  "post /listings/{id}/suspend": Listing;
  "post /listings/{id}/reinstate": Listing;
  "post /listings/{id}/retire": Listing;
  "post /listings/{id}/plans": Plan;
  "post /listings/{id}/offers": Offer;
  "get /plans/{id}": Plan;
  "post /plans/{id}/versions": Plan;
  "post /plans/{id}/preview": Preview;
  "post /plans/preview": Preview;
  "get /offers": List<Offer>;
  "get /offers/{id}": Offer;
  "post /offers/{id}/withdraw": Offer;
  "get /orders": List<Order>;
  "post /orders": Order;
  "get /orders/{id}": Order;
  "post /orders/{id}/accept": Order;
  "post /orders/{id}/cancel": Order;
  "post /orders/{id}/deliver": Order;
  "post /orders/{id}/reject": Order;
  "post /orders/{id}/resolve": Order;
  "get /orders/{id}/records": List<TradeRecord>;
  "get /orders/{id}/refunds": List<Refund>;
  "post /orders/{id}/refunds": Refund;
  "get /entitlements": List<Entitlement>;
  "get /entitlements/{id}": Entitlement;
  "get /entitlements/check": EntitlementCheck;
  "get /usage": List<UsageBucket>;
  "get /usage/records": List<UsageRecord>;
  "get /balances": List<Balance>;
  "get /statements": Statement;
  "get /earnings": List<Earnings>;
  "get /log/entries/{index}": LogEntry;
  "get /log/inclusion": LogInclusion;
  "get /log/consistency": LogConsistency;
  "get /ledger/accounts": List<LedgerAccount>;
  "get /ledger/transfers": List<LedgerTransfer>;
  "get /ledger/trial_balance": TrialBalance;
  "get /deployments": List<Deployment>;
  "post /deployments": Deployment;
  "get /deployments/{id}": Deployment;
  "patch /deployments/{id}": Deployment;
  "delete /deployments/{id}": undefined;
  "get /tokens": List<Token>;
  "post /tokens": NewToken;
  "delete /tokens/{id}": undefined;
  "post /sessions": Session;
  "delete /sessions/current": undefined;
  "post /parties/{id}/kyc": Party;
  "get /parties": List<Party>;
  "get /admin/audit": List<AuditEntry>;
}
