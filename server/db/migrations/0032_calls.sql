-- Calls are written twice for each order, so each of their indexes counts. Old ones are found by their ids, which begin with the time. The key
-- alone nearly always says whose call it is; where an operator acts for several customers, the rows do.

drop index access.calls_by_age;
drop index access.calls_alike;
create index calls_alike on access.calls (request_hash, key_id) where arrived_ms is null;
