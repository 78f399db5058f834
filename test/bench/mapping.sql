-- One population, one source of one measure.
CREATE EXTENSION segment;
SELECT segment.create_population('customer', 'bench.customers', key => 'id', timezone => 'Europe/Paris');
SELECT segment.create_source('orders', 'bench.orders', customer => 'customer_id', occurred_at => 'ordered_at',
                             measures => '{"revenue": "total"}');
