# The plan of every statement that a refresh of few customers runs: where a keyed
# read is meant, nothing grows with the shop.  EXPLAIN of each, by auto_explain.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SegmentTest;
use Test::More;

my $node = start_cluster('plans', debug => 0, settings => "fsync = off\nautovacuum = off");
create_shop($node, customers => 8000);
$node->safe_psql('shop', 'CREATE INDEX ON shop.visits (customer_id); CREATE INDEX ON shop.items (order_id)');
map_shop($node, 'shop', consent => 'consent');
$node->safe_psql('shop', refresh_sql('2025-06-20'));
activate_schemes($node, 'shop', 'true');
$node->safe_psql('shop', refresh_sql('2025-06-20'));
$node->safe_psql('shop', 'VACUUM ANALYZE');

# Plans of a statement, and of all that it runs itself.
sub plans_of
{
	my ($statement) = @_;
	my ($out, $err);
	my $status = $node->psql('shop', "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SET auto_explain.log_nested_statements = on;
		SET auto_explain.log_level = notice; SET auto_explain.log_analyze = on; SET auto_explain.log_timing = off;\n$statement", stdout => \$out, stderr => \$err);
	is($status, 0, 'it runs') or diag($err);
	my @plans = split /^(?:psql:[^\n]*?)?NOTICE:\s+duration: [^\n]* plan:$/m, $err;
	shift @plans;
	return @plans;
}

# Tables that are as large as the shop.
my $large = join '|', qw(customers orders items tickets visits visits_\w+ customer_feature customer_segment customer_\w+_ledger value_history activity_history
  value_transition activity_transition);

sub check
{
	my ($name, $statement, $most) = @_;
	my @plans = plans_of($statement);
	my @scanning = grep { /Seq Scan on (?:shop\.|segment_data\.)?(?:$large)\b(?![^\n]*\n[^\n]*(?:never executed))[^\n]*\(actual rows=(?!0)/ } @plans;

	cmp_ok(scalar(@plans), '>', $most, sprintf '%s: %d statements are explained', $name, scalar(@plans));
	is(scalar(@scanning), 0, "$name: no large table is read from end to end") or diag(join "\n", map { substr $_, 0, 3000 } @scanning);
	return;
}

check('an order of two customers', q{
	INSERT INTO shop.orders VALUES (20000000, 7, '2025-06-19', 250, 'web'), (20000001, 8, '2025-06-19', 20, 'store');} . "\n" . refresh_sql('2025-06-20'), 20);
check('an item, by its order', q{
	UPDATE shop.items SET unit_cost = 2 WHERE id = 77;} . "\n" . refresh_sql('2025-06-20'), 20);
check('an attribute', q{
	UPDATE shop.customers SET region = 'south' WHERE id IN (11, 12);} . "\n" . refresh_sql('2025-06-20'), 20);
check('a customer who goes', q{
	DELETE FROM shop.customers WHERE id = 4000;} . "\n" . refresh_sql('2025-06-20'), 20);
check('nothing', refresh_sql('2025-06-20') . ";\n" . refresh_sql('2025-06-20'), 10);
check('one customer explained', q{SELECT * FROM segment.explain('value', 17)}, 1);
check('one customer now', q{SELECT segment.current('value', 17)}, 1);
$node->stop;
done_testing();
