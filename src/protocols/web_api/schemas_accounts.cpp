// Schemas of parties, sessions, tokens and organisations, and of what every answer shares.
#include "protocols/web_api/schema.hpp"

namespace kontor::web_api {

const std::vector<Schema>& account_schemas() {
  static const std::vector<Schema> all = {
      {"Money", "amount:text currency:text", true},
      {"Error", "code:text message:text retryable:boolean details:ErrorDetails request_id:text"},
      {"ErrorDetails",
       "fields?:[FieldError] reason?:text offers?:[Offer] required?:Money available?:Money expected?:Money? actual?:Money "
       "offer_version?:integer"},
      {"FieldError", "path:text code:text"},
      {"Empty", "", true},
      {"Reason", "reason?:text", true},

      {"Me",
       "object=party id:text kind=person name:text full_name:text email:text kyc_level:integer default_currency:text billing_tz:text "
       "is_operator:boolean "
       "may_act_for:[MayActFor] scopes:[text] csrf_token:text? created_at:time"},
      {"MayActFor", "id:text name:text kind=organisation roles:[read|contributor|write|admin]"},
      {"MeChange", "full_name?:text email?:text default_currency?:text billing_tz?:text", true},
      {"NewUser", "name:text password:text email?:text full_name?:text invite?:text", true},
      {"PasswordChange", "old:text new:text", true},
      // What everybody may know of a party; operators see the rest.
      {"Party",
       "object=party id:text kind:person|organisation|platform name:text full_name:text created_at:time email?:text kyc_level?:integer "
       "is_operator?:boolean"},
      {"Organisation",
       "object=organisation id:text name:text full_name:text default_visibility:public|private default_currency:text billing_tz:text "
       "my_role:read|contributor|write|admin? created_at:time"},
      {"NewOrganisation", "name:text full_name?:text default_visibility?:public|private", true},
      {"OrganisationChange", "full_name?:text default_visibility?:public|private default_currency?:text billing_tz?:text", true},
      {"Member", "object=member id:text name:text full_name:text roles:[read|contributor|write|admin]"},
      {"MemberRoles", "roles:[read|contributor|write|admin]", true},
      {"Invite", "object=invite id:text created_at:time expires_at:time used_by:text?"},
      {"MadeInvite", "object=invite id:text created_at:time expires_at:time used_by:text? code:text"},
      {"NewInvite", "expires_in_days?:integer", true},
      {"OpenSession", "object=open_session id:text agent:text current:boolean created_at:time expires_at:time"},
      {"Session", "object=session party:text name:text csrf_token:text"},
      {"Credentials", "name:text password:text", true},
      {"Token", "object=token id:text name:text role:read|write|admin created_at:time expires_at:time? last_used_at:time?"},
      {"NewToken", "name?:text role?:read|write|admin expires_at?:time?", true},
      {"MadeToken", "object=token id:text name:text role:read|write|admin created_at:time expires_at:time? last_used_at:time? token:text"},
      {"PartyLevel", "object=party id:text name:text kyc_level:integer"},
      {"KycLevel", "level:integer", true},
  };
  return all;
}

}  // namespace kontor::web_api
