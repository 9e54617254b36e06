-- Who may ask: the workspace, its customers, their API keys, and the idempotency keys that bind a repeated request to
-- what the first one made. Owned by server/src/access; no other module reads or writes these tables.
-- Ids are text made by the server, `<prefix>_` + time + randomness: collation "C" makes their order the order of making.

create schema access;

-- One row. A process whose secret or storage differs from what is noted here must not serve: it would hand out links
-- that others cannot read and refuse keys that others accept.
create table access.workspace (
  only_one     boolean primary key default true,
  id           text   not null,
  -- HMAC of a fixed text under a key derived from FILMGATE_SECRET: tells "the same secret" without holding it.
  secret_check bytea  not null,
  storage      text   not null,
  created_ms   bigint not null,
  constraint workspace_is_one_row check (only_one)
);

create table access.customers (
  id         text collate "C" primary key,
  -- The ledger's number of this customer's account. No foreign key: schemas of other modules stay theirs.
  account    bigint not null,
  name       text   not null,
  time_zone  text   not null,
  -- Null: the workspace's default card.
  rate_card  text,
  metadata   jsonb  not null,
  created_ms bigint not null,
  constraint one_account_per_customer unique (account)
);

create table access.keys (
  id         text collate "C" primary key,
  -- Null: an operator's key.
  customer   text collate "C" references access.customers (id),
  name       text   not null,
  -- What lists show of the key: its first and last characters. Never enough to guess the rest.
  prefix     text   not null,
  last_four  text   not null,
  -- HMAC-SHA-256 under a pepper derived from FILMGATE_SECRET. Every request finds its key by this index.
  hash       bytea  not null,
  created_ms bigint not null,
  revoked_ms bigint,
  constraint one_row_per_key unique (hash),
  constraint hash_is_sha256 check (octet_length(hash) = 32)
);
create index keys_of_customer on access.keys (customer, id);

-- Written in the transaction of what it binds: the resource exists exactly when its key does.
create table access.idempotency_keys (
  -- A customer's id, or 'operator'.
  scope        text   not null,
  key          text   not null,
  -- Method and path, for reading by people; the hash covers them.
  operation    text   not null,
  request_hash bytea  not null,
  -- Id of what was made.
  resource     text   not null,
  -- The first answer, encrypted, where it held a secret that is shown only once; else null and the resource is read anew.
  sealed       bytea,
  created_ms   bigint not null,
  constraint one_request_per_key primary key (scope, key)
);
create index idempotency_keys_by_age on access.idempotency_keys (created_ms);
