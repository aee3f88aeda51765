// The tables of each subject, as migration texts.
#pragma once
#include <string_view>

namespace kontor::sql {
std::string_view identity_schema();      // 1
std::string_view repository_schema();    // 2
std::string_view content_schema();       // 3
std::string_view market_schema();        // 4
std::string_view inference_schema();     // 5
std::string_view people_schema();        // 6
std::string_view numbered_schema();      // 7
std::string_view catalogue_schema();     // 8
std::string_view desk_schema();          // 9
std::string_view figures_schema();       // 10
std::string_view audit_schema();         // 11
std::string_view care_schema();          // 12
std::string_view logs_schema();          // 13
std::string_view search_schema();        // 14
std::string_view counts_schema();        // 15
std::string_view outputs_schema();       // 16
std::string_view use_schema();           // 17
std::string_view access_schema();        // 18
std::string_view likes_schema();         // 19
std::string_view entry_number_schema();  // 20
std::string_view currency_schema();      // 21
}  // namespace kontor::sql
