// One page of the catalogue.
#pragma once
#include "adapters/sql/catalogue_counts.hpp"

namespace kontor::sql {

Result<repository::CataloguePage> catalogue_page(UnitOfWork& unit, const repository::CatalogueQuery& q, bool counted,
                                                 CatalogueCounts& counts);

}  // namespace kontor::sql
