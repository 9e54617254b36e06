-- What is parked keeps to the budget of the key that ordered it, asked when it goes on: what is not held is not spent.

alter table videos.parkings add column budget jsonb;
comment on column videos.parkings.budget is 'Of the key that ordered, as it stood then; null: none.';
