// Schemas of wallets, usage, statements, ledger, trade log and what operators see.
#include "protocols/web_api/schema.hpp"

namespace kontor::web_api {

const std::vector<Schema>& money_schemas() {
  static const std::vector<Schema> all = {
      {"Wallet", "object=wallet party:text currency:text balance:Money held:Money promotional:Money frozen:Money available:Money"},
      {"WalletEntry", "object=wallet_entry at:time kind:text amount:Money balance_after:Money ref:text transfer:text"},
      {"TopUp",
       "object=top_up id:text state:requires_action|partially_paid|succeeded|expired party:text method=bank_transfer amount:Money "
       "received:Money reference:text "
       "bank_details:BankDetails created_at:time expires_at:time"},
      {"BankDetails", "beneficiary:text reference:text bank?:text account?:text bic?:text"},
      {"NewTopUp", "amount:Money method?:text party?:text", true},
      {"TopUpReceived", "bank_reference:text amount:Money", true},

      {"UsageBucket", "object=usage_bucket key:text quantity:integer charged:Money failed:integer"},
      {"UsageRecord",
       "object=usage_record id:text source:text event_id:text at:time entitlement:text asset:text component:text quantity:integer "
       "charged:Money failed:boolean "
       "state:text created_at:time"},
      {"Hold",
       "object=hold id:text state:open|captured|voided|expired party:text entitlement:text amount:Money captured:Money source:text "
       "event_id:text created_at:time "
       "expires_at:time"},
      {"NewHold", "party:text entitlement:text amount:Money expires_in_ms?:integer source:text event_id:text", true},
      {"Capture", "event:CaptureEvent", true},
      {"CaptureEvent", "items:[MeteredItem]", true},
      {"MeteredItem", "meter:text quantity:integer", true},
      {"Balance",
       "object=balance party:text currency:text unfunded:Money pending:Money available:Money reserve:Money in_transit:Money due_from:Money "
       "next_clearing_at:time?"},
      {"Statement",
       "object=statement party:text currency:text opening:Money closing:Money totals:StatementTotals entries:[StatementEntry]"},
      {"StatementTotals", "gross:Money platform_fee:Money commissions:Money refunds:Money net:Money"},
      {"StatementEntry", "at:time kind:text ref:text gross:Money fee:Money net:Money"},

      {"Earning",
       "object=earning key:EarningKey asset:text? gross:Money fee:Money net:Money orders:integer quantity:integer failed:integer"},
      {"EarningKey", "day:text? listing:text?"},

      {"OperatorOverview",
       "object=operator_overview at:time today_from:time listings:OverviewListings top_ups:OverviewTopUps orders:OverviewOrders "
       "usage:OverviewUsage "
       "parties:OverviewParties repositories:OverviewRepositories trade_log:OverviewLog books:[OverviewBooks] alerts:[OverviewAlert]"},
      {"OverviewListings", "in_review:integer published:integer suspended:integer oldest_in_review_at:time?"},
      {"OverviewTopUps", "requires_action:integer partially_paid:integer needs_second_person:integer"},
      {"OverviewOrders", "today:integer confirmed:integer delivered:integer disputed:integer total_today:[Money]"},
      {"OverviewUsage", "records_today:integer failed_today:integer holds_open:integer charged_today:[Money]"},
      {"OverviewParties", "people:integer organisations:integer new_today:integer"},
      {"OverviewRepositories", "models:integer datasets:integer spaces:integer for_sale:integer"},
      {"OverviewLog", "size:integer checkpoint_size:integer"},
      {"OverviewBooks", "currency:text balanced:boolean"},
      {"OverviewAlert", "code:books_unbalanced|orders_disputed|review_waits_a_day|top_ups_need_second_person count:integer"},

      {"LogEntry", "index:integer leaf:text leaf_hash:text"},
      {"InclusionProof", "index:integer size:integer leaf_hash:text root:text hashes:[text]"},
      {"ConsistencyProof", "from:integer to:integer from_root:text to_root:text hashes:[text]"},

      {"LedgerAccount",
       "object=account id:text name:text code:integer currency:text normal:debit|credit debits_posted:Money credits_posted:Money "
       "debits_pending:Money "
       "credits_pending:Money balance:Money"},
      {"LedgerTransfer",
       "object=transfer id:text txn:text debit:text credit:text amount:Money kind:text flags:[text] pending_id:text? seq:integer? ref:text "
       "at:time"},
      {"TrialBalance", "object=trial_balance currency:text data:[TrialBalanceRow] debits:Money credits:Money balanced:boolean"},
      {"TrialBalanceRow", "account:text code:integer balance:Money"},
      {"AuditEntry", "object=audit_entry id:text at:time actor:text action:text item:text details:json request_id:text"},
      {"TestClock", "object=test_clock now:time"},
      {"ClockMove", "set?:time advance_ms?:integer", true},
  };
  return all;
}

}  // namespace kontor::web_api
