-- Two schemes: quintile scores with ten segments, and plain rules.
SELECT segment.create_rfm_scheme('value', objective => 'Measure a scheme of scores');
SELECT segment.create_scheme('activity', objective => 'Measure a scheme of rules', default_segment => 'Other');
SELECT segment.create_segment('activity', 'Frequent', rule => 'orders_90 >= 3');
SELECT segment.create_segment('activity', 'Active', rule => 'orders_90 > 0');
SELECT segment.create_segment('activity', 'Cooling', rule => 'orders_365 > 0 AND revenue > 100');
SELECT segment.create_segment('activity', 'Gone', rule => 'days_since_last > 365');
