-- What an endpoint's own answers say of it: gone for good, to be left alone for a while, or failing.

alter table webhooks.endpoints
  add column disabled_ms      bigint,               -- nothing is written for it or sent to it from then on, until it is enabled
  add column disabled_reason  text,
  add column failing_since_ms bigint,               -- its first failed try since the last that it took
  add column quiet_until_ms   bigint,               -- it asked by Retry-After not to be sent to before
  add constraint endpoints_disabled_for_a_reason check ((disabled_ms is null) = (disabled_reason is null));
