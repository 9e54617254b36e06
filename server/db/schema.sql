-- The database after all migrations, for reading. Made from the catalogues by "npm run schema"; a test says when it is stale.
-- Identical on every supported PostgreSQL: whatever a version prints in its own way is left out or put into one form.

create schema access;

create table access.calls (
  id uuid not null,
  key_id text collate "C" not null,
  customer text collate "C" not null,
  operation text not null,
  request_hash bytea not null,
  retry_count integer not null,
  video text collate "C",
  created_ms bigint not null,
  arrived_ms bigint,
  constraint calls_pkey PRIMARY KEY (id),
  constraint calls_of_a_video_are_one UNIQUE (video),
  constraint calls_count_from_zero CHECK ((retry_count >= 0))
);
CREATE INDEX calls_alike ON access.calls USING btree (request_hash, key_id) WHERE (arrived_ms IS NULL);

create table access.customers (
  id text collate "C" not null,
  account bigint not null,
  name text not null,
  time_zone text not null,
  rate_card text,
  metadata jsonb not null,
  created_ms bigint not null,
  limits jsonb,
  tier text,
  guardrails jsonb,
  constraint customers_pkey PRIMARY KEY (id),
  constraint one_account_per_customer UNIQUE (account)
);

create table access.idempotency_keys (
  scope text not null,
  key text not null,
  operation text not null,
  request_hash bytea not null,
  resource text not null,
  sealed bytea,
  created_ms bigint not null,
  constraint one_request_per_key PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_by_age ON access.idempotency_keys USING btree (created_ms);

create table access.keys (
  id text collate "C" not null,
  customer text collate "C",
  name text not null,
  prefix text not null,
  last_four text not null,
  hash bytea not null,
  created_ms bigint not null,
  revoked_ms bigint,
  budget jsonb,
  constraint keys_pkey PRIMARY KEY (id),
  constraint one_row_per_key UNIQUE (hash),
  constraint hash_is_sha256 CHECK ((octet_length(hash) = 32)),
  constraint keys_customer_fkey FOREIGN KEY (customer) REFERENCES access.customers(id)
);
CREATE INDEX keys_of_customer ON access.keys USING btree (customer, id);

create table access.workspace (
  only_one boolean default true not null,
  id text not null,
  secret_check bytea not null,
  storage text not null,
  created_ms bigint not null,
  constraint workspace_pkey PRIMARY KEY (only_one),
  constraint workspace_is_one_row CHECK (only_one)
);

create schema animatic;

create table animatic.orders (
  key uuid not null,
  job jsonb not null,
  created_ms bigint not null,
  not_before_ms bigint default 0 not null,
  state text default 'waiting'::text not null,
  lease_ms bigint default 0 not null,
  tries smallint default 0 not null,
  percent smallint default 0 not null,
  bytes bigint,
  message text,
  checks integer default 0 not null,
  constraint orders_pkey PRIMARY KEY (key),
  constraint orders_state_known CHECK ((state = ANY (ARRAY['waiting'::text, 'rendering'::text, 'rendered'::text, 'failed'::text, 'moderated'::text, 'cancelled'::text, 'hanging'::text])))
);
CREATE INDEX orders_to_render ON animatic.orders USING btree (created_ms) WHERE (state = ANY (ARRAY['waiting'::text, 'rendering'::text]));

create schema batches;

create table batches.batches (
  id text collate "C" not null,
  customer text collate "C" not null,
  account bigint not null,
  budget_key text,
  name text,
  metadata jsonb not null,
  input_file text,
  output_file text,
  error_file text,
  request_hash bytea,
  state text not null,
  paused_reason text,
  outcome text,
  errors jsonb,
  price_credits bigint not null,
  price_usd text not null,
  max_credits bigint,
  concurrency integer not null,
  delay_ms bigint not null,
  window_ms bigint not null,
  on_insufficient text not null,
  item_low_s bigint not null,
  item_high_s bigint not null,
  waiting integer not null,
  waiting_credits bigint not null,
  open integer default 0 not null,
  completed integer default 0 not null,
  failed integer default 0 not null,
  cancelled integer default 0 not null,
  held_credits bigint default 0 not null,
  charged_credits bigint default 0 not null,
  created_ms bigint not null,
  started_ms bigint,
  last_begun_ms bigint,
  cancelling_ms bigint,
  finalizing_ms bigint,
  ended_ms bigint,
  expires_ms bigint,
  job uuid,
  next_ms bigint,
  changes bigint default 0 not null,
  constraint batches_pkey PRIMARY KEY (id),
  constraint batches_count_no_less_than_nothing CHECK (((LEAST(waiting, open, completed, failed, cancelled) >= 0) AND (LEAST(waiting_credits, held_credits, charged_credits) >= 0))),
  constraint batches_ended_somehow CHECK (((state = 'ended'::text) = (outcome IS NOT NULL))),
  constraint batches_has_a_job_while_it_may_go_on CHECK (((job IS NULL) = (next_ms IS NULL))),
  constraint batches_on_insufficient_known CHECK ((on_insufficient = ANY (ARRAY['pause'::text, 'fail'::text]))),
  constraint batches_outcome_known CHECK ((outcome = ANY (ARRAY['completed'::text, 'cancelled'::text, 'expired'::text, 'failed'::text]))),
  constraint batches_paused_for_a_reason CHECK (((state = 'paused'::text) = (paused_reason IS NOT NULL))),
  constraint batches_reason_known CHECK ((paused_reason = ANY (ARRAY['asked'::text, 'cap'::text, 'insufficient_credits'::text, 'budget'::text]))),
  constraint batches_state_known CHECK ((state = ANY (ARRAY['ready'::text, 'running'::text, 'paused'::text, 'cancelling'::text, 'ended'::text])))
);
CREATE INDEX batches_by_next_step ON batches.batches USING btree (next_ms) WHERE (next_ms IS NOT NULL);
CREATE INDEX batches_going_on ON batches.batches USING btree (state) WHERE (state <> 'ended'::text);
CREATE INDEX batches_of_a_customer ON batches.batches USING btree (customer, id);

create table batches.files (
  id text collate "C" not null,
  customer text collate "C" not null,
  name text not null,
  bytes bigint not null,
  purpose text not null,
  created_ms bigint not null,
  constraint files_pkey PRIMARY KEY (id),
  constraint files_purpose_known CHECK ((purpose = ANY (ARRAY['batch'::text, 'batch_output'::text])))
);
CREATE INDEX files_of_a_customer ON batches.files USING btree (customer, id);

create table batches.items (
  batch text collate "C" not null,
  no integer not null,
  custom_id text not null,
  priority integer not null,
  delay_ms bigint,
  wish jsonb not null,
  price bigint not null,
  state text not null,
  video text collate "C",
  credits bigint,
  charged bigint default 0 not null,
  error_code text,
  error_message text,
  error_status integer,
  started_ms bigint,
  ended_ms bigint,
  constraint items_pkey PRIMARY KEY (batch, no),
  constraint items_custom_id_once UNIQUE (batch, custom_id),
  constraint items_open_has_a_video CHECK (((state <> 'open'::text) OR (video IS NOT NULL))),
  constraint items_state_known CHECK ((state = ANY (ARRAY['waiting'::text, 'open'::text, 'completed'::text, 'failed'::text, 'cancelled'::text]))),
  constraint items_batch_fkey FOREIGN KEY (batch) REFERENCES batches.batches(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX items_of_a_video ON batches.items USING btree (video) WHERE (video IS NOT NULL);
CREATE INDEX items_open ON batches.items USING btree (batch, no) WHERE (state = 'open'::text);
CREATE INDEX items_waiting ON batches.items USING btree (batch, priority DESC, no) WHERE (state = 'waiting'::text);

create schema chat;

create table chat.calls (
  key text collate "C" not null,
  provider text not null,
  state text default 'sent'::text not null,
  percent smallint,
  link text,
  reason text,
  message text,
  lease_ms bigint not null,
  created_ms bigint not null,
  constraint calls_pkey PRIMARY KEY (key),
  constraint calls_done_has_a_link CHECK (((state <> 'done'::text) OR (link IS NOT NULL))),
  constraint calls_failed_has_a_reason CHECK (((state <> 'failed'::text) OR ((reason IS NOT NULL) AND (message IS NOT NULL)))),
  constraint calls_state_known CHECK ((state = ANY (ARRAY['sent'::text, 'streaming'::text, 'done'::text, 'failed'::text, 'cut'::text])))
);
CREATE INDEX calls_by_age ON chat.calls USING btree (created_ms);

create schema db;

create table db.migrations (
  name text not null,
  sha256 text not null,
  applied_ms bigint not null,
  constraint migrations_pkey PRIMARY KEY (name)
);

create schema ledger;

create table ledger.accounts (
  id bigint generated always as identity not null,
  grants_made bigint default 0 not null,
  debt bigint default 0 not null,
  due_ms bigint,
  standing_ver bigint default 0 not null,
  standing_ms bigint,
  cycle_ms bigint,
  waiting bigint[],
  awaited bigint default 0 not null,
  watch bigint,
  slots bigint[] default '{}'::bigint[] not null,
  ver bigint default 0 not null,
  spent bigint default 0 not null,
  seen_ms bigint default 0 not null,
  constraint accounts_pkey PRIMARY KEY (id),
  constraint accounts_awaited_never_negative CHECK ((awaited >= 0)),
  constraint accounts_never_negative CHECK (((spent >= 0) AND (debt >= 0))),
  constraint accounts_slots_ok CHECK (ledger.slots_ok(slots)),
  constraint accounts_ver_counts CHECK (((ver >= 0) AND (grants_made >= 0))),
  constraint accounts_waiting_ok CHECK (((waiting IS NULL) OR ((cardinality(waiting) = 7) AND (waiting[1] > 0) AND (array_position(waiting, NULL::bigint) IS NULL)))),
  constraint accounts_watch_says_something CHECK ((watch <> 0))
) with (fillfactor=50);
CREATE INDEX accounts_due ON ledger.accounts USING btree (due_ms) WHERE (due_ms IS NOT NULL);
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON ledger.accounts FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

create table ledger.allowances (
  account_id bigint not null,
  zone text not null,
  policy jsonb not null,
  priority smallint not null,
  last_no bigint,
  plan_policy jsonb default '[]'::jsonb not null,
  constraint allowances_pkey PRIMARY KEY (account_id),
  constraint allowances_plan_policy_is_a_list CHECK ((jsonb_typeof(plan_policy) = 'array'::text)),
  constraint allowances_policy_is_a_list CHECK ((jsonb_typeof(policy) = 'array'::text)),
  constraint allowances_priority_bounded CHECK (((priority >= 0) AND (priority <= 100))),
  constraint allowances_account FOREIGN KEY (account_id) REFERENCES ledger.accounts(id)
);
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON ledger.allowances FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

create table ledger.backlog (
  account_id bigint not null,
  no bigint not null,
  available bigint not null,
  constraint backlog_pkey PRIMARY KEY (account_id, no),
  constraint backlog_not_empty CHECK ((available > 0))
);

create table ledger.checkpoints (
  account_id bigint not null,
  ver bigint not null,
  slots bigint[] not null,
  grants_made bigint not null,
  spent bigint not null,
  available bigint not null,
  seen_ms bigint not null,
  audited_ms bigint not null,
  waiting bigint[],
  backlog bigint[],
  debt bigint default 0 not null,
  awaited bigint default 0 not null,
  claims bigint[] default '{}'::bigint[] not null,
  constraint checkpoints_pkey PRIMARY KEY (account_id)
);

create table ledger.claims (
  account_id bigint not null,
  no bigint not null,
  due bigint not null,
  forgiven bigint not null,
  owed bigint not null,
  taken bigint[] not null,
  family bigint[] not null,
  ver bigint not null,
  constraint claims_pkey PRIMARY KEY (account_id, no),
  constraint claims_never_negative CHECK (((forgiven >= 0) AND (owed >= 0) AND (due >= (forgiven + owed)))),
  constraint claims_taken_ok CHECK ((((cardinality(taken) % 2) = 0) AND (array_position(taken, NULL::bigint) IS NULL) AND (array_position(family, NULL::bigint) IS NULL)))
);

create table ledger.earnings (
  account_id bigint not null,
  ver bigint not null,
  op_id uuid not null,
  at_ms bigint not null,
  revenue_micro bigint not null,
  breakage_micro bigint not null,
  reversed_micro bigint not null,
  constraint earnings_pkey PRIMARY KEY (account_id, ver)
);
CREATE INDEX earnings_at ON ledger.earnings USING brin (at_ms);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.earnings FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

create table ledger.grants (
  account_id bigint not null,
  no bigint not null,
  id uuid not null,
  kind smallint not null,
  amount bigint not null,
  priority smallint not null,
  scope bigint not null,
  expires_ms bigint,
  first_expires_ms bigint,
  cost_micro bigint not null,
  cost_nano bigint not null,
  period_key text not null,
  made_good_of bigint,
  reason text,
  granted_ms bigint not null,
  constraint grants_pkey PRIMARY KEY (account_id, no),
  constraint grants_id_once UNIQUE (id),
  constraint grants_period_once UNIQUE (account_id, kind, period_key),
  constraint grants_amount_bounded CHECK (((amount >= 1) AND (amount <= '9007199254740991'::bigint))),
  constraint grants_cost_bounded CHECK ((((cost_micro >= 0) AND (cost_micro <= '9007199254740991'::bigint)) AND (cost_nano >= 0))),
  constraint grants_kind_known CHECK (((kind >= 1) AND (kind <= 5))),
  constraint grants_priority_bounded CHECK (((priority >= 0) AND (priority <= 100)))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.grants FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

create table ledger.journal (
  op_id uuid not null,
  seq smallint not null,
  account_id bigint not null,
  ver bigint not null,
  kind smallint not null,
  amount bigint not null,
  change bigint not null,
  available_after bigint not null,
  at_ms bigint not null,
  legs bigint[] not null,
  purpose smallint,
  deadline_ms bigint,
  cause smallint,
  body bytea,
  request_id text,
  video text,
  reason text,
  constraint journal_pkey PRIMARY KEY (op_id, seq),
  constraint journal_account_ver UNIQUE (account_id, ver),
  constraint journal_balanced CHECK (
CASE
    WHEN ((cardinality(legs) = 3) AND ((kind >= 2) AND (kind <= 4)) AND (legs[2] = kind)) THEN COALESCE(((legs[1] > 0) AND (legs[3] > 0) AND (amount =
    CASE
        WHEN (kind = 4) THEN (0)::bigint
        ELSE legs[3]
    END) AND (change =
    CASE kind
        WHEN 2 THEN (- legs[3])
        WHEN 3 THEN (0)::bigint
        ELSE legs[3]
    END)), false)
    ELSE ledger.balanced(kind, amount, change, legs)
END) NOT VALID,
  constraint journal_finish_has_cause CHECK ((((seq = 1) AND (kind <> 9)) = (cause IS NOT NULL))),
  constraint journal_never_negative CHECK (((amount >= 0) AND (available_after >= 0) AND (ver > 0))),
  constraint journal_purpose_fits_kind CHECK (
CASE
    WHEN (kind = 2) THEN COALESCE((purpose = ANY (ARRAY[1, 2])), false)
    WHEN ((kind = 3) AND (seq = 0)) THEN COALESCE((purpose = 2), false)
    WHEN (kind = 8) THEN COALESCE((purpose = ANY (ARRAY[3, 4])), false)
    ELSE (purpose IS NULL)
END),
  constraint journal_refund_has_request CHECK (((seq > 1) = (request_id IS NOT NULL))),
  constraint journal_seq_fits_kind CHECK (
CASE
    WHEN (seq = 0) THEN (kind = ANY (ARRAY[1, 2, 3, 5, 7, 8, 10, 11]))
    WHEN (seq = 1) THEN (kind = ANY (ARRAY[3, 4, 9]))
    ELSE ((seq > 1) AND (kind = 6))
END),
  constraint journal_video_hold_has_no_deadline CHECK (((deadline_ms IS NULL) OR (purpose = 2)))
);
CREATE UNIQUE INDEX journal_refund_once ON ledger.journal USING btree (op_id, request_id) WHERE (request_id IS NOT NULL);
CREATE INDEX journal_reversals ON ledger.journal USING btree (account_id, ver) WHERE (kind = 8);
CREATE INDEX journal_services ON ledger.journal USING btree (account_id, ver) WHERE (purpose = 2);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.journal FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

create table ledger.open_holds (
  op_id uuid not null,
  account_id bigint not null,
  expires_ms bigint not null,
  constraint open_holds_pkey PRIMARY KEY (op_id)
);
CREATE INDEX open_holds_account ON ledger.open_holds USING btree (account_id, expires_ms);
CREATE INDEX open_holds_expires ON ledger.open_holds USING btree (expires_ms);

create table ledger.parked (
  op_id uuid not null,
  account_id bigint not null,
  constraint parked_pkey PRIMARY KEY (op_id)
);
CREATE INDEX parked_of_an_account ON ledger.parked USING btree (account_id);

create table ledger.payees (
  id text collate "C" not null,
  name text not null,
  created_ms bigint not null,
  constraint payees_pkey PRIMARY KEY (id)
);

create table ledger.payouts (
  id uuid not null,
  payee text collate "C" not null,
  amount_micro bigint not null,
  at_ms bigint not null,
  reference text not null,
  constraint payouts_pkey PRIMARY KEY (id),
  constraint payouts_positive CHECK ((amount_micro > 0)),
  constraint payouts_payee FOREIGN KEY (payee) REFERENCES ledger.payees(id)
);
CREATE INDEX payouts_of_a_payee ON ledger.payouts USING btree (payee);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.payouts FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

create table ledger.royalties (
  op_id uuid not null,
  seq smallint not null,
  payee text collate "C" not null,
  account_id bigint not null,
  at_ms bigint not null,
  amount_micro bigint not null,
  constraint royalties_pkey PRIMARY KEY (op_id, seq, payee),
  constraint royalties_payee FOREIGN KEY (payee) REFERENCES ledger.payees(id)
);
CREATE INDEX royalties_of_a_payee ON ledger.royalties USING btree (payee, at_ms);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.royalties FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

create table ledger.royalty_terms (
  op_id uuid not null,
  payee text collate "C" not null,
  basis_points smallint not null,
  constraint royalty_terms_pkey PRIMARY KEY (op_id, payee),
  constraint royalty_terms_a_part CHECK (((basis_points >= 1) AND (basis_points <= 10000))),
  constraint royalty_terms_payee FOREIGN KEY (payee) REFERENCES ledger.payees(id)
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.royalty_terms FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

create table ledger.scopes (
  id bigint generated always as identity not null,
  models text[] not null,
  constraint scopes_pkey PRIMARY KEY (id),
  constraint scopes_once UNIQUE (models),
  constraint scopes_not_empty CHECK ((cardinality(models) > 0))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.scopes FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

create table ledger.seal_checkpoint (
  only_one boolean default true not null,
  through bigint not null,
  hash bytea not null,
  reviewed bigint not null,
  constraint seal_checkpoint_pkey PRIMARY KEY (only_one),
  constraint seal_checkpoint_only_one CHECK (only_one)
);

create table ledger.seals (
  no bigint not null,
  sealed_ms bigint not null,
  row_count bigint not null,
  spans bigint[] not null,
  marks bytea not null,
  rows_digest bytea not null,
  previous bytea not null,
  hash bytea not null,
  constraint seals_pkey PRIMARY KEY (no),
  constraint seals_count_from_one CHECK (((no > 0) AND (row_count > 0))),
  constraint seals_mark_every_row CHECK ((octet_length(marks) = (4 * row_count))),
  constraint seals_sha256 CHECK (((octet_length(rows_digest) = 32) AND (octet_length(previous) = 32) AND (octet_length(hash) = 32)))
);
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.seals FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

create table ledger.subscriptions (
  account_id bigint not null,
  id text collate "C" not null,
  anchor_ms bigint not null,
  zone text not null,
  credits bigint not null,
  cost_micro bigint not null,
  rollover_max bigint not null,
  given integer not null,
  pending integer[] not null,
  last_no bigint,
  rolled_no bigint,
  constraint subscriptions_pkey PRIMARY KEY (account_id),
  constraint subscriptions_credits_bounded CHECK ((((credits >= 0) AND (credits <= '9007199254740991'::bigint)) AND (cost_micro >= 0) AND (rollover_max >= 0))),
  constraint subscriptions_nothing_is_given_twice CHECK (((given >= 0) AND (given <= ALL (pending)))),
  constraint subscriptions_account FOREIGN KEY (account_id) REFERENCES ledger.accounts(id)
);

create table ledger.unsealed (
  id bigint generated always as identity not null,
  spans bigint[] not null,
  constraint unsealed_pkey PRIMARY KEY (id),
  constraint unsealed_spans_ok CHECK (((cardinality(spans) > 0) AND ((cardinality(spans) % 3) = 0)))
) with (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=5000);

create table ledger.usage_notes (
  op_id uuid not null,
  metadata jsonb not null,
  constraint usage_notes_pkey PRIMARY KEY (op_id)
);

create table ledger.worths (
  account_id bigint not null,
  no bigint not null,
  amount bigint not null,
  worth_micro bigint not null,
  used bigint not null,
  constraint worths_pkey PRIMARY KEY (account_id, no),
  constraint worths_used_within CHECK ((((used >= 0) AND (used <= amount)) AND (worth_micro >= 0)))
);

create view ledger.charges as
 SELECT j.op_id,
    j.at_ms,
    c.credits
   FROM ledger.journal j
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN j.kind = 3 THEN j.amount
                    ELSE - j.amount
                END AS credits) c
  WHERE j.kind = ANY (ARRAY[3, 6]);

create view ledger.hold_money as
 SELECT h.op_id,
    h.account_id,
    h.amount AS held_first,
        CASE
            WHEN f.op_id IS NULL AND h.kind = 2 THEN h.amount
            ELSE 0::bigint
        END AS held_now,
        CASE
            WHEN h.kind = 3 THEN h.amount
            ELSE COALESCE(f.amount, 0::bigint)
        END AS captured,
        CASE
            WHEN f.op_id IS NULL THEN 0::bigint
            ELSE h.amount - f.amount
        END AS released,
    r.refunded
   FROM ledger.journal h
     LEFT JOIN ledger.journal f ON f.op_id = h.op_id AND f.seq = 1
     CROSS JOIN LATERAL ( SELECT COALESCE(sum(x.amount), 0::numeric)::bigint AS refunded
           FROM ledger.journal x
          WHERE x.op_id = h.op_id AND x.seq > 1) r
  WHERE h.seq = 0 AND (h.kind = ANY (ARRAY[2, 3]));

create view ledger.takings as
 SELECT journal.op_id,
    journal.account_id,
    journal.at_ms,
        CASE
            WHEN journal.kind = 3 THEN journal.amount
            ELSE - journal.amount
        END AS credits,
    0::bigint AS revenue_micro,
    0::bigint AS breakage_micro,
    0::bigint AS reversed_micro,
    0::bigint AS royalty_micro
   FROM ledger.journal
  WHERE journal.kind = ANY (ARRAY[3, 6])
UNION ALL
 SELECT earnings.op_id,
    earnings.account_id,
    earnings.at_ms,
    0 AS credits,
    earnings.revenue_micro,
    earnings.breakage_micro,
    earnings.reversed_micro,
    0 AS royalty_micro
   FROM ledger.earnings
UNION ALL
 SELECT royalties.op_id,
    royalties.account_id,
    royalties.at_ms,
    0 AS credits,
    0 AS revenue_micro,
    0 AS breakage_micro,
    0 AS reversed_micro,
    royalties.amount_micro AS royalty_micro
   FROM ledger.royalties;

CREATE OR REPLACE FUNCTION ledger.balanced(kind smallint, amount bigint, change bigint, legs bigint[])
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
declare
  i int := 1;
  sums bigint[];
  allowed int[];
begin
  if cardinality(legs) = 3 and kind between 2 and 4 and legs[2] = kind then -- a hold, a capture of all, a release of all
    return coalesce(legs[1] > 0 and legs[3] > 0
      and amount = case when kind = 4 then 0 else legs[3] end
      and change = case kind when 2 then -legs[3] when 3 then 0 else legs[3] end, false);
  end if;
  sums := array_fill(0::bigint, array[19]);
  allowed := case kind
    when 1 then array[1, 12, 15] when 2 then array[2] when 3 then array[1, 2, 3, 4, 5, 11, 16] when 4 then array[1, 4, 5, 16]
    when 5 then array[6] when 6 then array[1, 7, 8, 12, 17] when 7 then array[1, 12, 15]
    when 8 then array[9, 11, 15] when 9 then array[1, 10, 12, 14, 15, 18, 19] when 10 then array[13] when 11 then array[12, 15] end;
  if allowed is null or cardinality(legs) % 3 <> 0 then return false; end if;
  while i < cardinality(legs) loop
    if legs[i] <= 0 or legs[i + 2] <= 0 or not (legs[i + 1] = any (allowed)) then return false; end if;
    sums[legs[i + 1]] := sums[legs[i + 1]] + legs[i + 2];
    i := i + 3;
  end loop;
  return change = sums[1] + sums[4] + sums[7] + sums[18] - sums[2] - sums[6] - sums[15]
    and amount = case kind
      when 1 then sums[1] when 2 then sums[2] when 3 then sums[3] when 4 then 0
      when 5 then sums[6] when 6 then sums[7] + sums[8] + sums[17] when 7 then sums[1]
      when 8 then sums[9] when 9 then sums[10] when 10 then sums[13] when 11 then sums[12] end
    and case kind
      when 1 then sums[15] = sums[12] -- what a grant pays off is taken of it
      when 7 then sums[15] = sums[12]
      when 11 then sums[15] = sums[12]
      when 8 then sums[15] + sums[11] <= sums[9] -- the rest is awaited from holds
      when 9 then sums[18] + sums[19] <= sums[10] and sums[1] <= sums[19]
      when 3 then sums[2] in (0, sums[3]) and sums[1] <= sums[5] -- a usage holds what it takes; a make-good never exceeds what lapsed
      else sums[1] <= sums[5] + sums[8] end;
end $function$;

CREATE OR REPLACE FUNCTION ledger.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'ledger.% is append-only: % is refused', tg_table_name, lower(tg_op)
    using errcode = 'restrict_violation', hint = 'Book a new operation that corrects the old one.';
end $function$;

CREATE OR REPLACE FUNCTION ledger.row_digest(j ledger.journal)
 RETURNS bytea
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select sha256(convert_to(concat_ws('|', 'journal', j.op_id, j.seq, j.account_id, j.ver, j.kind, j.amount, j.change, j.available_after, j.at_ms,
    j.legs::text, coalesce(j.purpose::text, '-'), coalesce(j.deadline_ms::text, '-'), coalesce(j.cause::text, '-'),
    coalesce(encode(j.body, 'hex'), '-'), coalesce(octet_length(j.request_id) || ':' || j.request_id, '-'),
    coalesce(octet_length(j.video) || ':' || j.video, '-'), coalesce(octet_length(j.reason) || ':' || j.reason, '-')), 'UTF8'))
$function$;

CREATE OR REPLACE FUNCTION ledger.slots_ok(slots bigint[])
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
declare
  i int := 1;
begin
  if cardinality(slots) = 7 then
    return coalesce(slots[1] > 0 and slots[6] >= 0 and slots[7] >= 0 and slots[6] + slots[7] > 0, false);
  end if;
  if cardinality(slots) % 7 <> 0 then return false; end if;
  while i < cardinality(slots) loop
    if slots[i] <= 0 or slots[i + 5] < 0 or slots[i + 6] < 0 or slots[i + 5] + slots[i + 6] = 0 then return false; end if;
    if i > 1 and (slots[i - 6], slots[i - 5] = 0, slots[i - 4], slots[i - 3], slots[i - 7])
              >= (slots[i + 1], slots[i + 2] = 0, slots[i + 3], slots[i + 4], slots[i]) then return false; end if;
    i := i + 7;
  end loop;
  return true;
end $function$;

create schema plans;

create table plans.payments (
  subscription text collate "C",
  month integer,
  amount_micro bigint not null,
  method text not null,
  reference text collate "C",
  at_ms bigint not null,
  id text collate "C" not null,
  customer text collate "C" not null,
  kind text not null,
  state text not null,
  product jsonb not null,
  settled_ms bigint,
  grant_op uuid,
  constraint payments_pkey PRIMARY KEY (id),
  constraint payments_kind_known CHECK ((kind = ANY (ARRAY['month'::text, 'upgrade'::text, 'pack'::text]))),
  constraint payments_not_negative CHECK ((amount_micro >= 0)),
  constraint payments_settled_or_pending CHECK (((settled_ms IS NULL) = (state = 'pending'::text))),
  constraint payments_state_known CHECK ((state = ANY (ARRAY['pending'::text, 'paid'::text, 'failed'::text]))),
  constraint payments_subscription FOREIGN KEY (subscription) REFERENCES plans.subscriptions(id)
);
CREATE UNIQUE INDEX payments_month_once ON plans.payments USING btree (subscription, month) WHERE ((kind = 'month'::text) AND (state = 'paid'::text));
CREATE INDEX payments_of_a_customer ON plans.payments USING btree (customer, id);
CREATE UNIQUE INDEX payments_reference_once ON plans.payments USING btree (method, reference) WHERE (reference IS NOT NULL);

create table plans.subscriptions (
  id text collate "C" not null,
  customer text collate "C" not null,
  plan jsonb not null,
  next_plan jsonb,
  next_from_ms bigint,
  cancelled boolean default false not null,
  started_ms bigint not null,
  ended_ms bigint,
  constraint subscriptions_pkey PRIMARY KEY (id),
  constraint subscriptions_next_has_a_time CHECK (((next_plan IS NULL) = (next_from_ms IS NULL)))
);
CREATE UNIQUE INDEX subscriptions_one_of_a_customer ON plans.subscriptions USING btree (customer) WHERE (ended_ms IS NULL);

create schema storyboards;

create table storyboards.shots (
  storyboard text collate "C" not null,
  no integer not null,
  name text,
  wish jsonb not null,
  preview text collate "C",
  drafts text[] collate "C" default '{}'::text[] not null,
  final text collate "C",
  batch text collate "C",
  batch_item integer,
  constraint shots_pkey PRIMARY KEY (storyboard, no),
  constraint shots_batch_has_its_item CHECK (((batch IS NULL) = (batch_item IS NULL))),
  constraint shots_made_in_one_way CHECK (((final IS NULL) OR (batch IS NULL))),
  constraint shots_of_a_storyboard FOREIGN KEY (storyboard) REFERENCES storyboards.storyboards(id) ON DELETE CASCADE
);
CREATE INDEX shots_by_draft ON storyboards.shots USING gin (drafts);

create table storyboards.storyboards (
  id text collate "C" not null,
  customer text collate "C" not null,
  name text,
  created_ms bigint not null,
  constraint storyboards_pkey PRIMARY KEY (id)
);
CREATE INDEX storyboards_of_a_customer ON storyboards.storyboards USING btree (customer, id);

create schema videos;

create table videos.attempts (
  id uuid not null,
  video text collate "C" not null,
  no smallint not null,
  route text not null,
  provider text not null,
  state text default 'planned'::text not null,
  created_ms bigint not null,
  send_before_ms bigint,
  started_ms bigint,
  ended_ms bigint,
  ref jsonb,
  ref_id text,
  asset jsonb,
  cost_micro bigint,
  error_code text,
  error_message text,
  unknown_ms bigint,
  alerted_ms bigint,
  ref_from text,
  cost_source text,
  late_check_ms bigint,
  late_checks smallint default 0 not null,
  line_customer text collate "C",
  line_ms bigint,
  called_ms bigint,
  callback_ref text,
  brings text[] default '{}'::text[] not null,
  relaxed boolean default false not null,
  relaxed_line_ms bigint,
  relaxed_called_ms bigint,
  rendering_ms bigint,
  ready_ms bigint,
  constraint attempts_pkey PRIMARY KEY (id),
  constraint attempts_in_order UNIQUE (video, no),
  constraint attempts_reference_belongs_to_one UNIQUE (provider, ref_id),
  constraint attempts_brings_known CHECK ((brings <@ '{clip,characters}'::text[])),
  constraint attempts_called_from_the_line CHECK (((called_ms IS NULL) OR (line_customer IS NOT NULL))),
  constraint attempts_cost_has_a_source CHECK (((cost_micro IS NULL) = (cost_source IS NULL))),
  constraint attempts_cost_source_known CHECK ((cost_source = ANY (ARRAY['reported'::text, 'estimated'::text, 'billed'::text]))),
  constraint attempts_done_has_a_cost CHECK (((state <> 'done'::text) OR (cost_micro IS NOT NULL))),
  constraint attempts_in_line_have_an_age CHECK (((line_customer IS NULL) = (line_ms IS NULL))),
  constraint attempts_ref_from_known CHECK ((ref_from = ANY (ARRAY['answer'::text, 'find'::text, 'operator'::text]))),
  constraint attempts_reference_has_an_origin CHECK (((ref_id IS NULL) OR (ref_from IS NOT NULL))),
  constraint attempts_relaxed_called CHECK (((relaxed_called_ms IS NULL) OR (relaxed_line_ms IS NOT NULL))),
  constraint attempts_relaxed_line CHECK ((relaxed OR (relaxed_line_ms IS NULL))),
  constraint attempts_running_has_a_reference CHECK (((state <> ALL (ARRAY['running'::text, 'fetching'::text, 'checking'::text, 'done'::text])) OR (ref IS NOT NULL))),
  constraint attempts_sent_has_a_window CHECK (((state = ANY (ARRAY['parked'::text, 'planned'::text, 'unsent'::text, 'cancelled'::text, 'expired'::text, 'rejected'::text])) OR (send_before_ms IS NOT NULL))),
  constraint attempts_video_fkey FOREIGN KEY (video) REFERENCES videos.videos(id)
) with (fillfactor=80);
CREATE INDEX attempts_by_provider ON videos.attempts USING btree (provider, id);
CREATE INDEX attempts_by_state ON videos.attempts USING btree (state, id) WHERE (state <> 'done'::text);
CREATE INDEX attempts_called ON videos.attempts USING btree (provider) WHERE ((state = 'planned'::text) AND (called_ms IS NOT NULL));
CREATE INDEX attempts_found_nowhere ON videos.attempts USING btree (provider, send_before_ms) WHERE ((state = ANY (ARRAY['absent'::text, 'expired'::text, 'failed'::text])) AND (ref_id IS NULL));
CREATE INDEX attempts_in_line ON videos.attempts USING btree (provider, line_customer, line_ms, video) WHERE ((state = 'planned'::text) AND (line_customer IS NOT NULL) AND (called_ms IS NULL));
CREATE INDEX attempts_late_checks ON videos.attempts USING btree (late_check_ms) WHERE (late_check_ms IS NOT NULL);
CREATE INDEX attempts_open_at_provider ON videos.attempts USING btree (provider) WHERE (state = ANY (ARRAY['submitting'::text, 'submit_unknown'::text, 'running'::text]));
CREATE INDEX attempts_relaxed_in_hand ON videos.attempts USING btree (route) WHERE (relaxed AND (state = ANY (ARRAY['submitting'::text, 'submit_unknown'::text, 'running'::text])));
CREATE INDEX attempts_relaxed_line ON videos.attempts USING btree (route, relaxed_line_ms, video) WHERE ((state = 'planned'::text) AND (relaxed_line_ms IS NOT NULL));
CREATE INDEX attempts_unknown ON videos.attempts USING btree (unknown_ms) WHERE (state = 'submit_unknown'::text);
CREATE INDEX attempts_waiting_again ON videos.attempts USING btree (provider) WHERE ((state = 'planned'::text) AND (NOT relaxed) AND ((no > 1) OR (send_before_ms IS NOT NULL)));

create table videos.bill_lines (
  bill text collate "C" not null,
  line integer not null,
  ref_id text,
  micro bigint not null,
  description text not null,
  constraint bill_lines_pkey PRIMARY KEY (bill, line),
  constraint bill_lines_bill_fkey FOREIGN KEY (bill) REFERENCES videos.bills(id) ON DELETE CASCADE
);
CREATE INDEX bill_lines_by_reference ON videos.bill_lines USING btree (ref_id) WHERE (ref_id IS NOT NULL);

create table videos.bills (
  id text collate "C" not null,
  provider text not null,
  from_ms bigint not null,
  to_ms bigint not null,
  digest bytea not null,
  operator_key text not null,
  imported_ms bigint not null,
  adopted_ms bigint,
  rest_pico bigint not null,
  constraint bills_pkey PRIMARY KEY (id),
  constraint bills_come_once UNIQUE (digest),
  constraint bills_have_a_period CHECK ((from_ms < to_ms))
);
CREATE INDEX bills_by_provider ON videos.bills USING btree (provider, id);

create table videos.breakers (
  name text not null,
  provider text not null,
  cause text not null,
  failures integer not null,
  openings integer default 0 not null,
  opened_ms bigint,
  retry_ms bigint,
  probe uuid,
  probe_ms bigint,
  constraint breakers_pkey PRIMARY KEY (name),
  constraint breakers_cause_known CHECK ((cause = ANY (ARRAY['unreachable'::text, 'key'::text, 'balance'::text, 'model'::text]))),
  constraint breakers_open_or_not CHECK ((((opened_ms IS NULL) = (retry_ms IS NULL)) AND ((opened_ms IS NULL) = (openings = 0)))),
  constraint breakers_probe_has_a_time CHECK (((probe IS NULL) = (probe_ms IS NULL)))
);

create table videos.chains (
  video text collate "C" not null,
  job uuid not null,
  next_ms bigint not null,
  progress smallint default 0 not null,
  callback_ms bigint,
  constraint chains_pkey PRIMARY KEY (video),
  constraint chains_progress_in_percent CHECK (((progress >= 0) AND (progress <= 100)))
) with (fillfactor=50);

create table videos.character_refs (
  "character" text collate "C" not null,
  provider text not null,
  ref jsonb not null,
  made_ms bigint not null,
  constraint character_refs_pkey PRIMARY KEY ("character", provider),
  constraint character_refs_character_fkey FOREIGN KEY ("character") REFERENCES videos.characters(id)
);

create table videos.characters (
  id text collate "C" not null,
  customer text not null,
  name text not null,
  key text not null,
  bytes bigint not null,
  seconds double precision not null,
  created_ms bigint not null,
  constraint characters_pkey PRIMARY KEY (id),
  constraint characters_name_short CHECK (((char_length(name) >= 1) AND (char_length(name) <= 80)))
);

create table videos.key_orders (
  op_id uuid not null,
  key_id text collate "C" not null,
  at_ms bigint not null,
  credits bigint not null,
  constraint key_orders_pkey PRIMARY KEY (op_id),
  constraint key_orders_cost_something CHECK ((credits > 0))
);
CREATE INDEX key_orders_of_a_key ON videos.key_orders USING btree (key_id, at_ms) INCLUDE (credits);

create table videos.losses (
  attempt uuid not null,
  kind text not null,
  at_ms bigint not null,
  constraint losses_pkey PRIMARY KEY (attempt),
  constraint losses_kind_known CHECK ((kind = ANY (ARRAY['expired'::text, 'late_success'::text, 'late_failure'::text, 'late_acceptance'::text, 'output_invalid'::text, 'failed_billed'::text, 'cancelled_billed'::text])))
);

create table videos.parkings (
  video text collate "C" not null,
  account bigint not null,
  parked_ms bigint not null,
  until_ms bigint,
  max_credits bigint,
  policy jsonb not null,
  keeps_quote boolean not null,
  budget jsonb,
  constraint parkings_pkey PRIMARY KEY (video),
  constraint parkings_video_fkey FOREIGN KEY (video) REFERENCES videos.videos(id)
);
CREATE INDEX parkings_waiting ON videos.parkings USING btree (account, video) WHERE (until_ms IS NULL);

create table videos.provider_accounts (
  name text not null,
  open_limit integer,
  sends_per_minute integer,
  sends_per_second integer,
  constraint provider_accounts_pkey PRIMARY KEY (name),
  constraint provider_accounts_limit_positive CHECK ((open_limit > 0)),
  constraint provider_accounts_sends_positive CHECK (((sends_per_minute > 0) AND (sends_per_second > 0)))
);

create table videos.quotes (
  id text not null,
  customer text not null,
  expires_ms bigint not null,
  quote jsonb not null,
  constraint quotes_pkey PRIMARY KEY (id)
);
CREATE INDEX quotes_by_expiry ON videos.quotes USING btree (expires_ms);

create table videos.resolutions (
  id uuid not null,
  attempt uuid not null,
  at_ms bigint not null,
  operator_key text not null,
  verdict text not null,
  provider_ref text,
  reason text not null,
  constraint resolutions_pkey PRIMARY KEY (id),
  constraint resolutions_adopt_names_a_reference CHECK (((verdict = 'adopt'::text) = (provider_ref IS NOT NULL))),
  constraint resolutions_verdict_known CHECK ((verdict = ANY (ARRAY['not_delivered'::text, 'failed'::text, 'adopt'::text])))
);
CREATE INDEX resolutions_of_an_attempt ON videos.resolutions USING btree (attempt);

create table videos.sends (
  provider text not null,
  at_ms bigint not null
);
CREATE INDEX sends_by_provider ON videos.sends USING btree (provider, at_ms);

create table videos.videos (
  id text collate "C" not null,
  op_id uuid not null,
  customer text not null,
  account bigint not null,
  created_ms bigint not null,
  operation text not null,
  model text not null,
  prompt text not null,
  seconds integer not null,
  width integer not null,
  height integer not null,
  reference_key text,
  metadata jsonb default '{}'::jsonb not null,
  quote_id text not null,
  quote jsonb not null,
  state text default 'queued'::text not null,
  progress smallint default 0 not null,
  cancel_requested_ms bigint,
  deadline_ms bigint not null,
  ended_ms bigint,
  error_code text,
  error_message text,
  asset_key text,
  asset_bytes bigint,
  asset_seconds double precision,
  erased_ms bigint,
  source_video text collate "C",
  source_key text,
  source_bytes bigint,
  total_seconds integer,
  extensions smallint default 0 not null,
  characters text[] default '{}'::text[] not null,
  relaxed boolean default false not null,
  batch text,
  batch_item text,
  drafts text[] collate "C",
  constraint videos_pkey PRIMARY KEY (id),
  constraint videos_one_hold UNIQUE (op_id),
  constraint videos_quote_used_once UNIQUE (quote_id),
  constraint videos_completed_has_its_bytes CHECK (((state <> 'completed'::text) OR (erased_ms IS NOT NULL) OR (asset_key IS NOT NULL))),
  constraint videos_ended_has_a_time CHECK (((state = ANY (ARRAY['completed'::text, 'failed'::text])) = (ended_ms IS NOT NULL))),
  constraint videos_ended_needs_no_source CHECK (((source_key IS NULL) OR (state = ANY (ARRAY['queued'::text, 'in_progress'::text])))),
  constraint videos_extended_six_times_at_most CHECK (((extensions >= 0) AND (extensions <= 6))),
  constraint videos_failed_has_a_reason CHECK (((state = 'failed'::text) = (error_code IS NOT NULL))),
  constraint videos_final_of_a_few_drafts CHECK (((drafts IS NULL) OR ((cardinality(drafts) >= 1) AND (cardinality(drafts) <= 100)))),
  constraint videos_has_two_characters_at_most CHECK ((cardinality(characters) <= 2)),
  constraint videos_progress_in_percent CHECK (((progress >= 0) AND (progress <= 100))),
  constraint videos_state_known CHECK ((state = ANY (ARRAY['queued'::text, 'in_progress'::text, 'completed'::text, 'failed'::text])))
) with (fillfactor=80);
CREATE INDEX videos_made_by_customer ON videos.videos USING btree (customer, created_ms);
CREATE INDEX videos_of_a_customer ON videos.videos USING btree (customer, id) WHERE (erased_ms IS NULL);
CREATE INDEX videos_open_of_a_customer ON videos.videos USING btree (customer) WHERE (state = ANY (ARRAY['queued'::text, 'in_progress'::text]));
CREATE INDEX videos_to_erase ON videos.videos USING btree (id) WHERE ((erased_ms IS NOT NULL) AND ((asset_key IS NOT NULL) OR (reference_key IS NOT NULL)));

create table videos.waking (
  account bigint not null,
  customer text not null,
  job uuid not null,
  next_ms bigint not null,
  constraint waking_pkey PRIMARY KEY (account)
);
CREATE INDEX waking_by_next_step ON videos.waking USING btree (next_ms);

create schema webhooks;

create table webhooks.deliveries (
  id text collate "C" not null,
  no bigint generated always as identity not null,
  event text collate "C" not null,
  endpoint text collate "C" not null,
  subject text not null,
  state text default 'waiting'::text not null,
  job uuid,
  next_ms bigint not null,
  tries integer default 0 not null,
  round_tries smallint default 0 not null,
  last_status smallint,
  last_error text,
  created_ms bigint not null,
  ended_ms bigint,
  constraint deliveries_pkey PRIMARY KEY (id),
  constraint deliveries_ended_has_a_time CHECK (((state = 'waiting'::text) = (ended_ms IS NULL))),
  constraint deliveries_ended_has_no_job CHECK (((state = 'waiting'::text) OR (job IS NULL))),
  constraint deliveries_state_known CHECK ((state = ANY (ARRAY['waiting'::text, 'delivered'::text, 'failed'::text]))),
  constraint deliveries_endpoint_fkey FOREIGN KEY (endpoint) REFERENCES webhooks.endpoints(id),
  constraint deliveries_event_fkey FOREIGN KEY (event) REFERENCES webhooks.events(id) ON DELETE CASCADE
) with (fillfactor=80);
CREATE INDEX deliveries_of_an_endpoint ON webhooks.deliveries USING btree (endpoint, id);
CREATE INDEX deliveries_of_an_event ON webhooks.deliveries USING btree (event);
CREATE INDEX deliveries_waiting_by_time ON webhooks.deliveries USING btree (next_ms) WHERE (state = 'waiting'::text);
CREATE INDEX deliveries_waiting_in_order ON webhooks.deliveries USING btree (endpoint, subject, no) WHERE (state = 'waiting'::text);

create table webhooks.endpoints (
  id text collate "C" not null,
  customer text collate "C" not null,
  name text not null,
  url text not null,
  event_types text[] not null,
  secret bytea,
  secret_hint text not null,
  old_secret bytea,
  old_secret_until_ms bigint,
  created_ms bigint not null,
  updated_ms bigint not null,
  deleted_ms bigint,
  disabled_ms bigint,
  disabled_reason text,
  failing_since_ms bigint,
  quiet_until_ms bigint,
  constraint endpoints_pkey PRIMARY KEY (id),
  constraint endpoints_disabled_for_a_reason CHECK (((disabled_ms IS NULL) = (disabled_reason IS NULL))),
  constraint endpoints_have_a_secret_until_deleted CHECK (((secret IS NOT NULL) = (deleted_ms IS NULL))),
  constraint endpoints_old_secret_ends CHECK (((old_secret IS NULL) = (old_secret_until_ms IS NULL))),
  constraint endpoints_want_an_event CHECK ((cardinality(event_types) > 0))
);
CREATE INDEX endpoints_of_a_customer ON webhooks.endpoints USING btree (customer, id) WHERE (deleted_ms IS NULL);

create table webhooks.events (
  id text collate "C" not null,
  type text not null,
  body text not null,
  created_ms bigint not null,
  constraint events_pkey PRIMARY KEY (id)
);
CREATE INDEX events_by_age ON webhooks.events USING btree (created_ms);

create table webhooks.notices (
  customer text collate "C" not null,
  expiring_ms bigint,
  daily_ms bigint,
  constraint notices_pkey PRIMARY KEY (customer),
  constraint notices_not_negative CHECK (((expiring_ms >= 0) AND (daily_ms >= 0)))
);

create table webhooks.told_grants (
  id uuid not null,
  expires_ms bigint not null,
  constraint told_grants_pkey PRIMARY KEY (id)
);
CREATE INDEX told_grants_by_age ON webhooks.told_grants USING btree (expires_ms);

create table webhooks.tries (
  delivery text collate "C" not null,
  no integer not null,
  at_ms bigint not null,
  took_ms integer not null,
  status smallint,
  error text,
  constraint tries_in_order PRIMARY KEY (delivery, no),
  constraint tries_delivery_fkey FOREIGN KEY (delivery) REFERENCES webhooks.deliveries(id) ON DELETE CASCADE
);
