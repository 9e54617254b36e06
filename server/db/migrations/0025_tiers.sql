-- Usage tiers, guardrails and budgets of keys: gates for those to whom an operator assigned them. How much of each is used is counted from
-- rows: money topped up from the ledger's grants, videos from videos.videos, a key's spending from the orders below and the ledger's journal.

alter table access.customers
  add column tier       text,     -- null: none. by_top_up, or the id of a tier of the configuration
  add column guardrails jsonb;    -- null: what the configuration says for everybody
alter table access.keys add column budget jsonb;   -- null: none

-- What was ordered with keys that have a budget: other keys' orders cost no row. `credits` is what was held at first; what became of it is
-- in the ledger's journal, under op_id.
create table videos.key_orders (
  op_id   uuid not null,
  key_id  text collate "C" not null,
  at_ms   bigint not null,
  credits bigint not null,
  constraint key_orders_pkey primary key (op_id),
  constraint key_orders_cost_something check (credits > 0)
);
create index key_orders_of_a_key on videos.key_orders (key_id, at_ms) include (credits);
