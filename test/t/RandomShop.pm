# Random writers on the shop's tables: seeded, several at once, each a psql fed
# with a script made beforehand.  The same seed makes the same scripts; how they
# interleave is the server's affair.
package RandomShop;

use strict;
use warnings;
use POSIX qw(:sys_wait_h);
use PostgreSQL::Test::Utils;

# How often each kind of statement comes, relative to the others.  Change them
# by weights => { truncate => 0, ... }.
my %weights = (
    insert_order => 20, insert_item => 14, insert_ticket => 8, insert_visit => 10, insert_many => 3,
    change_order => 16, change_item => 8, change_ticket => 4, change_visit => 5, move_visit => 4,
    order_to_other_customer => 8, item_to_other_order => 4, renumber_order => 2, renumber_customer => 2,
    delete_order => 6, delete_item => 4, delete_ticket => 3, delete_visit => 3,
    insert_customer => 4, change_customer => 6, change_consent => 6, delete_customer => 2,
    upsert => 4, merge => 3, copy => 2, leaf => 3, only_in_writing_cte => 2,
    savepoint => 4, exception => 2, rollback => 3, isolation => 4, prepared => 2, replica => 2,
    truncate => 0.3, truncate_leaf => 0.4, column => 0.5, partition => 0.8, triggers => 0.6, rewrite => 0.3,
);

sub new
{
    my ($class, %option) = @_;
    my $self = {
        node => $option{node}, database => $option{database} // 'shop', seed => $option{seed},
        customers => $option{customers} // 300, writers => $option{writers} // 4,
        weights => { %weights, %{ $option{weights} // {} } },
        next_id => 10_000_000, prepared => 0, run => 0, statements => 0,
    };
    $self->{altering} = { map { $_ => $self->{weights}{$_} } qw(truncate truncate_leaf column partition triggers rewrite) };
    add_weights($self);
    srand $option{seed};
    return bless $self, $class;
}

sub add_weights
{
    my ($self) = @_;
    $self->{total} = 0;
    $self->{total} += $_ foreach values %{ $self->{weights} };
    return;
}

# Whether tables are altered too: then nearly every refresh reads some of them
# in full, and evaluates everyone.
sub alter_tables
{
    my ($self, $wanted) = @_;
    $self->{weights}{$_} = $wanted ? $self->{altering}{$_} : 0 foreach keys %{ $self->{altering} };
    add_weights($self);
    return;
}

# A trace of who changed which key, so that a mismatch can name the statements.
# ENABLE ALWAYS, because writers also work as a replica.
sub install_trace
{
    my ($self) = @_;
    my $sql = <<'END';
CREATE UNLOGGED TABLE shop.trace (at timestamptz DEFAULT clock_timestamp(), xid xid8 DEFAULT pg_current_xact_id(),
    tab text, op text, customer int, order_id bigint, query text);
CREATE INDEX ON shop.trace (customer);
CREATE FUNCTION shop.note() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    r jsonb;
BEGIN
    FOR r IN SELECT x FROM unnest(ARRAY[CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
                                        CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END]) x WHERE x IS NOT NULL LOOP
        INSERT INTO shop.trace (tab, op, customer, order_id, query)
        VALUES (TG_ARGV[0], TG_OP,
                CASE WHEN TG_ARGV[0] = 'customers' THEN r ->> 'id' ELSE r ->> 'customer_id' END::int,
                CASE WHEN TG_ARGV[0] = 'orders' THEN r ->> 'id' ELSE r ->> 'order_id' END::bigint, left(current_query(), 200));
    END LOOP;
    RETURN NULL;
END $$;
END
    $sql .= "CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON shop.$_ FOR EACH ROW EXECUTE FUNCTION shop.note('$_');\n"
      . ($_ eq 'visits' ? '' : "ALTER TABLE shop.$_ ENABLE ALWAYS TRIGGER note;\n")
      foreach qw(customers orders items tickets visits);
    $self->{node}->safe_psql($self->{database}, $sql);
    return;
}

# ---- pieces of statements ----

sub pick
{
    return $_[ int rand @_ ];
}

sub customer
{
    my ($self) = @_;
    my $chance = rand;
    return 'NULL' if $chance < 0.02;
    return 900_000 + int rand 20 if $chance < 0.04;
    # half of all statements meet in few customers, so that writers collide
    return $chance < 0.5 ? 1 + int rand 20 : 1 + int rand $self->{customers};
}

sub order
{
    my ($self) = @_;
    return 1 + int rand $self->{customers} * 6;
}

sub new_id
{
    my ($self) = @_;
    return $self->{next_id}++;
}

sub money
{
    return sprintf '%.2f', rand(250) - 40;
}

# The day the shop's tables are at; tests that go on move it.
our $today = '2025-06-25';

# Mostly the last months, sometimes years ago or yet to come, sometimes unknown.
sub day
{
    my $chance = rand;
    return 'NULL' if $chance < 0.02;
    my $back = $chance < 0.7 ? rand 60 : $chance < 0.95 ? rand 700 : -rand 20;
    return sprintf q{'%s'::timestamp - interval '%d minutes'}, $today, $back * 1440;
}

# ---- statements, by kind ----

my %make = (
    insert_order => sub {
        my ($self) = @_;
        return sprintf "INSERT INTO shop.orders VALUES (%d, %s, %s, %s, %s, '%s')", $self->new_id, $self->customer, day(),
          money(), pick("'web'", "'store'", 'NULL'), pick('paid', 'paid', 'paid', 'draft');
    },
    insert_item => sub {
        my ($self) = @_;
        return sprintf "INSERT INTO shop.items SELECT %d, o.id, '%s', %d, %.4f FROM (SELECT id FROM shop.orders WHERE id >= %d ORDER BY id LIMIT 1) o",
          $self->new_id, pick(qw(shoes hats socks bags)), 1 + int rand 4, rand 30, pick($self->order, 10_000_000 + int rand 2000);
    },
    insert_ticket => sub {
        my ($self) = @_;
        return sprintf 'INSERT INTO shop.tickets SELECT %d, id, (%s)::date, %.2f FROM shop.customers WHERE id = %s', $self->new_id,
          day(), rand 40, $self->customer;
    },
    insert_visit => sub {
        my ($self) = @_;
        return sprintf 'INSERT INTO shop.visits VALUES (%d, %s, %s, %d, %d)', $self->new_id, $self->customer, day(), 1 + int rand 20,
          1 + int rand 6;
    },
    insert_many => sub {
        my ($self) = @_;
        my $first = $self->new_id;
        $self->{next_id} += 60;
        return sprintf q{INSERT INTO shop.orders SELECT %d + i, 1 + (i * 37) %% %d, '2025-06-01'::timestamptz - i * interval '5 hours', i, 'web' FROM generate_series(1, 50) i},
          $first, $self->{customers};
    },
    change_order => sub {
        my ($self) = @_;
        return sprintf 'UPDATE shop.orders SET %s WHERE id = %d', pick(
            sub { 'total = ' . money() }, sub { 'ordered_at = ' . day() }, sub { "channel = 'web'" },
            sub { "status = '" . pick('paid', 'draft') . q{'} }, sub { 'total = total' })->(), $self->order;
    },
    change_item => sub {
        my ($self) = @_;
        return sprintf 'UPDATE shop.items SET quantity = %d, category = %s WHERE order_id = %d', 1 + int rand 5,
          pick("'hats'", "'bags'", 'NULL'), $self->order;
    },
    change_ticket => sub {
        my ($self) = @_;
        return sprintf 'UPDATE shop.tickets SET handling = %.2f, opened_on = (%s)::date WHERE id = %d', rand 50, day(),
          1 + int rand $self->{customers};
    },
    change_visit => sub {
        my ($self) = @_;
        return sprintf 'UPDATE shop.visits SET pages = %d, customer_id = %s WHERE id = %d', 1 + int rand 30, $self->customer,
          1 + int rand $self->{customers} * 3;
    },
    move_visit => sub {
        my ($self) = @_;
        return sprintf 'UPDATE shop.visits SET site = %d WHERE id %% 97 = %d AND site = %d', 1 + int rand 5, int rand 97, 1 + int rand 5;
    },
    order_to_other_customer => sub {
        my ($self) = @_;
        return sprintf 'UPDATE shop.orders SET customer_id = %s WHERE id = %d', $self->customer, $self->order;
    },
    item_to_other_order => sub {
        my ($self) = @_;
        return sprintf 'UPDATE shop.items SET order_id = (SELECT id FROM shop.orders WHERE id >= %d ORDER BY id LIMIT 1) WHERE id = %d',
          $self->order, 1 + int rand $self->{customers} * 12;
    },
    renumber_order => sub {
        my ($self) = @_;
        return sprintf 'UPDATE shop.orders SET id = %d WHERE id = %d', $self->new_id, $self->order;
    },
    # to a number that strangers' events may already use
    renumber_customer => sub {
        my ($self) = @_;
        return sprintf 'UPDATE shop.customers SET id = %d WHERE id = %d', pick($self->new_id, 900_000 + int rand 20),
          20 + int rand $self->{customers};
    },
    delete_order => sub { my ($self) = @_; return sprintf 'DELETE FROM shop.orders WHERE id = %d', $self->order },
    delete_item => sub {
        my ($self) = @_;
        return sprintf 'DELETE FROM shop.items WHERE id = %d', 1 + int rand $self->{customers} * 12;
    },
    delete_ticket => sub { my ($self) = @_; return sprintf 'DELETE FROM shop.tickets WHERE id = %d', 1 + int rand $self->{customers} },
    delete_visit => sub { my ($self) = @_; return sprintf 'DELETE FROM shop.visits WHERE id = %d', 1 + int rand $self->{customers} * 3 },
    insert_customer => sub {
        my ($self) = @_;
        return sprintf q{INSERT INTO shop.customers VALUES (%d, 'new', '%s', '%s'::date + %d) ON CONFLICT DO NOTHING},
          pick($self->new_id, 1 + int rand $self->{customers}, 900_000 + int rand 20), pick(qw(north south east)), $today, -55 + int rand 65;
    },
    change_customer => sub {
        my ($self) = @_;
        return sprintf 'UPDATE shop.customers SET %s WHERE id = %s', pick("region = 'north'", "region = 'west'", 'region = NULL',
            "joined = joined - 1", "name = 'x'", 'joined = NULL', sprintf(q{joined = '%s'::date + %d}, $today, -90 + int rand 95)), $self->customer;
    },
    # mostly of few customers, so that one asks for it again soon
    change_consent => sub {
        my ($self) = @_;
        return sprintf 'UPDATE shop.customers SET consent = %s WHERE id = %s', pick('NOT consent', 'NOT consent', 'false', 'true'), $self->customer;
    },
    # who enters on a day to come, and does nothing
    expect_customer => sub {
        my ($self) = @_;
        return sprintf q{INSERT INTO shop.customers VALUES (%d, 'expected', 'east', '%s'::date + %d)}, $self->new_id, $today, 1 + int rand 2;
    },
    delete_customer => sub {
        my ($self) = @_;
        return sprintf 'DELETE FROM shop.customers WHERE id = %d', 20 + int rand $self->{customers};
    },
    upsert => sub {
        my ($self) = @_;
        return sprintf q{INSERT INTO shop.orders VALUES (%d, %s, %s, %s, 'web') ON CONFLICT (id) DO UPDATE SET customer_id = excluded.customer_id, total = shop.orders.total + 1},
          $self->order, $self->customer, day(), money();
    },
    merge => sub {
        my ($self) = @_;
        return sprintf q{MERGE INTO shop.orders o USING (VALUES (%d::bigint, %s::int), (%d, %s)) s (id, customer) ON o.id = s.id WHEN MATCHED AND o.total < 0 THEN DELETE WHEN MATCHED THEN UPDATE SET customer_id = s.customer, total = o.total - 1 WHEN NOT MATCHED THEN INSERT (id, customer_id, ordered_at, total) VALUES (s.id, s.customer, '2025-06-02', 9.99)},
          $self->order, $self->customer, $self->order, $self->customer;
    },
    copy => sub {
        my ($self) = @_;
        my $rows = join '', map { sprintf "%d\t%d\t2025-06-%02d 12:00+02\t%.2f\tstore\tpaid\n", $self->new_id, 1 + int rand $self->{customers}, 1 + int rand 28, rand 99 } 1 .. 8;
        return "COPY shop.orders FROM STDIN;\n$rows\\.\n";
    },
    leaf => sub {
        my ($self) = @_;
        return pick(
            sprintf('INSERT INTO shop.visits_2 VALUES (%d, %s, %s, 5, 2)', $self->new_id, $self->customer, day()),
            sprintf('UPDATE shop.visits_1 SET pages = pages + 1 WHERE customer_id = %s', $self->customer),
            sprintf('DELETE FROM shop.visits_2 WHERE id %% 211 = %d', int rand 211));
    },
    only_in_writing_cte => sub {
        my ($self) = @_;
        return sprintf 'WITH gone AS (DELETE FROM shop.orders WHERE id = %d RETURNING *) INSERT INTO shop.orders SELECT %d, %s, ordered_at, total, channel, status FROM gone',
          $self->order, $self->new_id, $self->customer;
    },
    savepoint => sub {
        my ($self) = @_;
        return join ";\n", 'BEGIN', $self->simple, 'SAVEPOINT a', $self->simple, $self->simple, pick('ROLLBACK TO a', 'RELEASE a'),
          'SAVEPOINT b', $self->simple, pick('ROLLBACK TO b', 'RELEASE b'), pick('COMMIT', 'COMMIT', 'ROLLBACK');
    },
    exception => sub {
        my ($self) = @_;
        return sprintf 'DO $do$ BEGIN %s; BEGIN %s; PERFORM 1 / %d; EXCEPTION WHEN division_by_zero THEN %s; END; END $do$',
          $self->simple, $self->simple, int rand 2, $self->simple;
    },
    rollback => sub { my ($self) = @_; return join ";\n", 'BEGIN', $self->simple, $self->simple, 'ROLLBACK' },
    isolation => sub {
        my ($self) = @_;
        return join ";\n", 'BEGIN ISOLATION LEVEL ' . pick('REPEATABLE READ', 'SERIALIZABLE'), $self->simple,
          sprintf('SELECT count(*) FROM shop.orders WHERE customer_id = %s', $self->customer), $self->simple,
          sprintf('SELECT pg_sleep(%.3f)', rand 0.1), $self->simple, 'COMMIT';
    },
    # settled at once, later by anybody, or by the check
    prepared => sub {
        my ($self) = @_;
        my $name = sprintf 'p%d', $self->{prepared}++;
        my $end = pick('COMMIT PREPARED', 'ROLLBACK PREPARED', '');
        my $later = $self->{prepared} > 3 ? sprintf(";\nCOMMIT PREPARED 'p%d'", $self->{prepared} - 3) : '';
        return join(";\n", 'BEGIN', $self->simple, $self->simple, "PREPARE TRANSACTION '$name'") . ($end ? ";\n$end '$name'" : $later);
    },
    replica => sub {
        my ($self) = @_;
        return join ";\n", 'SET session_replication_role = replica', $self->event_only, 'RESET session_replication_role';
    },
    truncate => sub { return pick('TRUNCATE shop.items', 'TRUNCATE shop.visits', 'TRUNCATE shop.tickets') },
    truncate_leaf => sub { return 'TRUNCATE shop.visits_' . pick(1, 2, 'other') },
    column => sub {
        my $table = pick(qw(orders items customers visits));
        return "ALTER TABLE shop.$table ADD COLUMN IF NOT EXISTS extra int;\nALTER TABLE shop.$table DROP COLUMN IF EXISTS extra";
    },
    # a partition leaves, is written to outside, and comes back
    partition => sub {
        my ($self) = @_;
        return join ";\n", 'BEGIN', 'ALTER TABLE shop.visits DETACH PARTITION shop.visits_3',
          sprintf('INSERT INTO shop.visits_3 VALUES (%d, %s, %s, 7, 3)', $self->new_id, $self->customer, day()),
          pick('COMMIT;' . "\nBEGIN", 'SELECT 1'), 'ALTER TABLE shop.visits ATTACH PARTITION shop.visits_3 FOR VALUES IN (3)', 'COMMIT';
    },
    triggers => sub {
        my ($self) = @_;
        return join ";\n", 'BEGIN', 'ALTER TABLE shop.tickets DISABLE TRIGGER USER', sprintf('UPDATE shop.tickets SET handling = handling + 1 WHERE customer_id = %s', $self->customer),
          'ALTER TABLE shop.tickets ENABLE TRIGGER USER', 'COMMIT';
    },
    rewrite => sub {
        return pick('VACUUM FULL shop.tickets', 'ALTER TABLE shop.tickets ALTER COLUMN handling TYPE numeric(9,2)',
            'ALTER TABLE shop.tickets ALTER COLUMN handling TYPE numeric(8,2)', 'CLUSTER shop.items USING items_pkey');
    },
);

# Kinds made of one statement, for use inside transactions.
my @simple = grep { exists $make{$_} } qw(insert_order insert_item insert_ticket insert_visit change_order change_item change_visit
  move_visit order_to_other_customer delete_order change_customer change_consent delete_customer upsert leaf);

sub simple
{
    my ($self) = @_;
    return $make{ pick(@simple) }->($self);
}

# What a replica applies has no foreign keys to look after.
sub event_only
{
    my ($self) = @_;
    return $make{ pick(qw(insert_order change_order order_to_other_customer insert_visit change_visit)) }->($self);
}

sub random_kind
{
    my ($self) = @_;
    my $at = rand $self->{total};
    foreach my $kind (sort keys %{ $self->{weights} })
    {
        return $kind if ($at -= $self->{weights}{$kind}) < 0;
    }
    return 'insert_order';
}

# ---- running them ----

# One statement of one of these kinds, now; what the tables refuse is left out.
sub one
{
    my ($self, @kinds) = @_;
    my ($out, $err);
    $self->{node}->psql($self->{database}, $make{ pick(@kinds) }->($self), stdout => \$out, stderr => \$err);
    return;
}

# A script of about $n statements; every "\echo" is one done.
sub script
{
    my ($self, $n) = @_;
    my $text = "\\set VERBOSITY verbose\n";

    while ($n > 0)
    {
        my $statement = $make{ $self->random_kind }->($self);
        my $pieces = 1 + ($statement =~ tr/;//);
        $n -= $pieces;
        $text .= $statement . ($statement =~ /\\\.\n$/ ? '' : ";\n") . "\\echo done $pieces\n";
    }
    return $text;
}

sub start_psql
{
    my ($self, $base) = @_;
    my @command = ($self->{node}->installed_command('psql'), '-XAtq', '-d', $self->{node}->connstr($self->{database}), '-f', "$base.sql");
    my $pid = fork // die "cannot fork: $!";

    return $pid if $pid;
    open STDOUT, '>', "$base.out";
    open STDERR, '>', "$base.err";
    $ENV{PGOPTIONS} = '-c lock_timeout=500ms';
    exec @command or POSIX::_exit(127);
}

# Start the writers on $n statements each.
sub start
{
    my ($self, $n) = @_;
    my $folder = $PostgreSQL::Test::Utils::tmp_check;

    $self->{run}++;
    $self->{psql} = [];
    foreach my $writer (1 .. $self->{writers})
    {
        my $base = "$folder/writer_$self->{run}_$writer";
        open my $file, '>', "$base.sql" or die "cannot write $base.sql: $!";
        print $file $self->script($n);
        close $file;
        push @{ $self->{psql} }, { base => $base, pid => $self->start_psql($base) };
    }
    return;
}

sub is_running
{
    my ($self) = @_;
    my $running = 0;
    foreach my $psql (grep { !$_->{ended} } @{ $self->{psql} })
    {
        $psql->{ended} = waitpid($psql->{pid}, WNOHANG) != 0;
        $running++ unless $psql->{ended};
    }
    return $running;
}

# Wait for all of them; adds up what they did and keeps their errors by SQLSTATE.
sub finish
{
    my ($self) = @_;
    foreach my $psql (@{ $self->{psql} })
    {
        waitpid $psql->{pid}, 0 unless $psql->{ended};
        my $output = PostgreSQL::Test::Utils::slurp_file("$psql->{base}.out");
        $self->{statements} += $1 while $output =~ /^done (\d+)$/mg;
        my $errors = PostgreSQL::Test::Utils::slurp_file("$psql->{base}.err");
        $self->{errors}{$1}++ while $errors =~ /ERROR:\s+([0-9A-Z]{5}):/g;
        unlink map { "$psql->{base}.$_" } qw(sql out err) unless $ENV{SEGMENT_KEEP};
    }
    $self->{psql} = [];
    return;
}

# Prepared transactions that nobody settled: commit or roll back each.
sub settle_prepared
{
    my ($self) = @_;
    my @names = split /\n/, $self->{node}->safe_psql('postgres', 'SELECT gid FROM pg_prepared_xacts ORDER BY gid');
    $self->{node}->safe_psql($self->{database}, pick('COMMIT', 'ROLLBACK') . " PREPARED '$_'") foreach @names;
    return scalar @names;
}

# Bring back what was lost: partitions detached in a crash, tables emptied.
sub repair
{
    my ($self) = @_;
    my ($node, $database) = @$self{qw(node database)};

    if ($node->safe_psql($database, q{SELECT count(*) FROM pg_inherits WHERE inhrelid = 'shop.visits_3'::regclass}) eq '0')
    {
        # a transaction in doubt may hold locks on either; meanwhile the default took its rows
        $self->settle_prepared;
        $node->safe_psql($database, 'DELETE FROM shop.visits_other WHERE site = 3');
        $node->safe_psql($database, "ALTER TABLE shop.$_ DROP COLUMN IF EXISTS extra") foreach qw(visits visits_3);
        $node->safe_psql($database, 'ALTER TABLE shop.visits ATTACH PARTITION shop.visits_3 FOR VALUES IN (3)');
    }
    # a transaction in doubt may hold the rows that the refilling refers to
    $self->settle_prepared if $node->safe_psql($database, q{
        SELECT least((SELECT count(*) FROM shop.items), (SELECT count(*) FROM shop.visits)) < 200}) eq 't';
    my $first = $self->{next_id};
    $self->{next_id} += 2000;
    $node->safe_psql($database, sprintf q{
        INSERT INTO shop.items SELECT %d + i, o.id, 'hats', 1, 2.5 FROM generate_series(1, 300) i JOIN shop.orders o ON o.id = i * 5
         WHERE (SELECT count(*) FROM shop.items) < 200;
        INSERT INTO shop.visits SELECT %d + i, 1 + i %% %d, '2025-06-20', 3, 1 + i %% 5 FROM generate_series(1, 300) i
         WHERE (SELECT count(*) FROM shop.visits) < 200}, $first, $first, $self->{customers});
    return;
}

1;
