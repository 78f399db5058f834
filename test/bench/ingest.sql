-- Two tables alike; changes of one are captured.
CREATE TABLE bench.ingest_plain (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint,
    ordered_at timestamptz,
    channel text,
    total numeric(12,2)
);
CREATE INDEX ON bench.ingest_plain (customer_id);
CREATE TABLE bench.ingest_mapped (LIKE bench.ingest_plain INCLUDING ALL);
SELECT segment.create_source('ingest', 'bench.ingest_mapped', customer => 'customer_id', occurred_at => 'ordered_at',
                             measures => '{"taken": "total"}');
