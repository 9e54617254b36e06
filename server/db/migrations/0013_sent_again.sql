-- Orders that nobody found, and that may have arrived after all: a look-up for a later order that looks the same must know of them.

create index attempts_found_nowhere on videos.attempts (provider, send_before_ms) where state in ('absent', 'expired', 'failed') and ref_id is null;
