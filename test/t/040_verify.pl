# The verifier under live traffic: while writers change everything, override and
# merge customers, and refreshes go on, it never finds a difference; once there
# is one that no trigger saw, it does.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;
use SegmentTest;

my $customers = 400;
my $rounds = $ENV{SEGMENT_VERIFY_ROUNDS} // 8;
my $node = start_cluster('verify', debug => 0);

create_shop($node, customers => $customers);
map_shop($node, 'shop');
$node->safe_psql('shop', refresh_sql('2025-06-20'));
activate_schemes($node, 'shop', 'false');
$node->safe_psql('shop', refresh_sql('2025-06-20'));
$node->safe_psql('shop', 'CREATE SEQUENCE shop.fresh START 1000000');

my $traffic = PostgreSQL::Test::Utils::tempdir() . '/traffic.sql';
append_to_file($traffic, <<"END");
\\set c random(1, $customers)
\\set o random(1, 1000)
\\set k random(1, 100)
BEGIN;
UPDATE shop.orders SET total = total + 1 WHERE id = :o;
UPDATE shop.orders SET customer_id = :c WHERE id = :o + 1;
DELETE FROM shop.items WHERE order_id = :o + 2;
INSERT INTO shop.orders SELECT nextval('shop.fresh'), :c, '2025-06-20', :k, 'web' WHERE :k > 50;
SELECT CASE WHEN :k < 20 THEN segment.override('value', :c, (SELECT value FROM segment_data.customer_segment LIMIT 1), reason => 'test') END
  FROM segment_data.customer_segment s JOIN shop.customers c ON c.id = :c WHERE s.customer_id = :c;
SELECT CASE WHEN :k > 90 THEN segment.merge_customer(1, :c) END
  WHERE :c > 1 AND NOT EXISTS (SELECT FROM segment_data.customer_alias WHERE duplicate = :c);
END;
END

my @pgbench = ('pgbench', '-n', '-c', '2', '-R', '80', '-T', '600', '-f', $traffic, '-h', $node->host, '-p', $node->port, 'shop');
my $ignored = '';
my $writers = IPC::Run::start(\@pgbench, '>', \$ignored, '2>', \$ignored);
for my $round (1 .. $rounds)
{
	$node->safe_psql('shop', refresh_sql('2025-06-' . (20 + int($round / 3))));
	is($node->safe_psql('shop', 'SELECT mismatched FROM segment.verify()'), '0', "round $round: nothing differs");
}
cmp_ok($node->safe_psql('shop', 'SELECT checked FROM segment.verify()'), '>', $customers / 2, 'most are compared');
$writers->kill_kill;
$node->safe_psql('shop', refresh_sql('2025-06-25'));
is($node->safe_psql('shop', q{SELECT mismatched || ' of ' || (checked > 300) FROM segment.verify()}), '0 of true', 'nor does anything at the end');
is($node->safe_psql('shop', q{SELECT count(DISTINCT cause) FROM segment_data.value_transition WHERE cause IN ('manual', 'merge', 'data')}),
	'3', 'and customers moved for every reason');

# A change that no trigger saw and no file tells
$node->safe_psql('shop', q{UPDATE segment_data.customer_feature SET entry_day = '1999-01-01' WHERE customer_id = (SELECT min(customer_id) FROM segment_data.customer_feature)});
is($node->safe_psql('shop', 'SELECT mismatched FROM segment.verify()'), '1', 'one difference is found');
$node->stop;
done_testing();
