// Schemas of listings, plans, offers, orders, entitlements and deployments.
#include "protocols/web_api/schema.hpp"

namespace kontor::web_api {

const std::vector<Schema>& market_schemas() {
  static const std::vector<Schema> all = {
      {"Listing",
       "object=listing id:text state:draft|in_review|published|suspended|retired version:integer seller:text asset:text title:text "
       "summary:text category:text "
       "delivery:[download|api_access|hosted_endpoint|deploy_to_buyer|space|custom_work|consulting] licence_template:text "
       "free_files:[text] offers:[Offer] review_note?:text? rating:number? entitlement:text? created_at:time published_at:time?"},
      {"Listings", "object=list data:[Listing] has_more:boolean next_cursor:text? price_currency:text?"},
      {"ListingEvent", "object=listing_event id:text at:time actor:text action:text reason:text?"},
      {"Catalogue",
       "object=list data:[CatalogueEntry] has_more:boolean next_cursor:text? price_currency:text? total?:integer total_is_minimum?:boolean "
       "facets?:[Facet]"},
      {"CatalogueEntry",
       "object=catalogue_entry asset:text kind:model|dataset|space namespace:text name:text owner:text title:text summary:text task:text "
       "library:text licence:text "
       "languages:[text] private:boolean gated:boolean price:free|paid "
       "delivery:[download|api_access|hosted_endpoint|deploy_to_buyer|space|custom_work|consulting] listing:text? offer:Offer? "
       "downloads:integer likes:integer "
       "trending_score:number activity:[integer] created_at:time updated_at:time"},
      {"Facet", "name:kind|task|library|licence|language|price|delivery|currency values:[FacetValue]"},
      {"FacetValue", "value:text count:integer?"},
      {"ActivityDay", "object=activity_day day:text downloads:integer runs:integer"},
      {"NameCheck", "object=name_check asset:text available:boolean reason:taken|invalid_name?"},
      {"Licence", "object=licence id:text name:text url:text? text:text text_hash:text"},
      {"NewListing",
       "asset:text title:text summary?:text category:text "
       "delivery:[download|api_access|hosted_endpoint|deploy_to_buyer|space|custom_work|consulting] licence_template?:text "
       "free_files?:[text]",
       true},
      {"ListingChange",
       "title?:text summary?:text category?:text "
       "delivery?:[download|api_access|hosted_endpoint|deploy_to_buyer|space|custom_work|consulting] licence_template?:text "
       "free_files?:[text]",
       true},
      {"Suspension", "reason?:text revoke?:boolean", true},
      {"Plan",
       "object=plan id:text version:integer listing:text created_at:time currency:text components:[PlanComponent] "
       "refund_policy?:standard_7d|no_refund? tax_behaviour?:exclusive|inclusive?"},
      {"OfferPlan",
       "object=plan id:text version:integer currency:text components:[PlanComponent] refund_policy?:standard_7d|no_refund? "
       "tax_behaviour?:exclusive|inclusive?"},
      {"NewPlan", "currency:text components:[PlanComponent] refund_policy?:standard_7d|no_refund? tax_behaviour?:exclusive|inclusive?",
       true},
      {"PlanComponent",
       "id:text kind:one_off|metered|flat|seat|setup|commitment term?:prepaid|arrears? currency?:text? amount?:text? meter?:text? "
       "model?:per_unit|graduated|volume|package|percentage|graduated_percentage? unit_amount?:text? per?:integer? tiers?:[PlanTier]? "
       "size?:integer? "
       "rate_bps?:integer? fixed?:text? free_units?:integer? free_reset?:never|period? multiplier_bps?:integer? granularity_ms?:integer? "
       "minimum_ms?:integer? "
       "dimensions?:json"},
      {"PlanTier", "up_to?:integer? unit_amount?:text? per?:integer? rate_bps?:integer? flat?:text?"},
      {"UsageLine", "component:text quantity?:integer value?:text events?:integer", true},
      {"SavedPlanPreview", "version?:integer usage:[UsageLine]", true},
      {"PlanPreview", "plan:NewPlan usage:[UsageLine]", true},
      {"Charges", "charges:[Charge] total:Money split?:[SplitPart]"},
      {"Charge", "component:text amount:Money"},
      {"SplitPart", "party:text role:fee|seller|agent|reseller|partner amount:Money"},
      {"Offer",
       "object=offer id:text version:integer state:active|withdrawn listing:text seller:text asset:text visibility:public|private "
       "rights:[text] licence:text "
       "auto_accept:boolean valid_until:time? buyer:text? price_text:text due_at_once:Money checkout_url:text plan:OfferPlan "
       "created_at:time"},
      {"NewOffer",
       "plan:text plan_version?:integer visibility?:public|private rights:[text] licence?:text auto_accept?:boolean valid_until?:time? "
       "buyer?:text?",
       true},

      {"Order",
       "object=order id:text state:confirmed|delivered|completed|disputed|cancelled|refunded "
       "payment_status:paid|partially_refunded|refunded buyer:text seller:text "
       "listing:text asset:text offer:text offer_version:integer plan:text plan_version:integer licence_text_hash:text refund_policy:text "
       "quantity:integer "
       "payment_method:text version:integer subtotal:Money tax:Money total:Money refunded:Money refund?:OrderRefund lines:[OrderLine] "
       "split?:[SplitPart] trade_log:[OrderRecord] "
       "timeline:[TimelineStep] created_at:time"},
      {"OrderRefund", "possible:boolean until:time? reason:text?"},
      {"OrderLine", "component:text quantity:integer amount:Money fulfilment:pending|delivered|accepted|returned entitlement:text?"},
      {"OrderRecord", "kind:text leaf_hash:text index:integer?"},
      {"TimelineStep", "at:time state:text"},
      {"NewOrder", "offer:text offer_version?:integer quantity?:integer buyer?:text payment_method?:text expected_total?:Money", true},
      {"Refund", "object=refund id:text order:text state:text amount:Money reason:text legs:[RefundLeg] created_at:time"},
      {"RefundLeg", "role:fee|seller source:text amount:Money"},
      {"NewRefund", "amount?:Money? reason?:text", true},
      {"TradeRecord", "object=trade_record kind:text index:integer? leaf_hash:text leaf:text salt:text record:text"},
      {"Entitlement",
       "object=entitlement id:text state:active|expired|suspended|revoked holder:text asset:text rights:[text] valid_from:time "
       "valid_to:time? order:text offer:text "
       "grant:text touched_at:time? calls:integer counters:[Counter] created_at:time"},
      {"Counter", "component:text dimensions:json quantity:integer free_left:integer charged:Money"},
      {"EntitlementCheck", "allowed:boolean reason:text? entitlement:text? offers:[text]"},

      {"Deployment",
       "object=deployment id:text created_at:time asset:text revision:text commit:text state:starting|ready|idle|failed|stopped "
       "visibility:public|private "
       "min_replicas:integer max_replicas:integer hardware:text runtime:text kind:text replicate_model:text version:text input_schema:json "
       "failure:text?"},
      {"DeploymentChange", "visibility?:public|private min_replicas?:integer max_replicas?:integer", true},
      {"NewDeployment",
       "asset:text revision?:text runtime?:text visibility?:public|private min_replicas?:integer max_replicas?:integer hardware?:text",
       true},
  };
  return all;
}

}  // namespace kontor::web_api
