# What tests of the background worker need: a preloaded cluster, its processes,
# waiting with a deadline, and what the log has said since.
package SegmentWorker;

use strict;
use warnings;
use Exporter 'import';
use Time::HiRes qw(sleep time);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SegmentTest;
use Test::More;

our @EXPORT = qw(start_worker_cluster seconds_until within worker_pid has_scheduler log_since mark_log odd_lines is_alive processes_of);

# The settings of a worker that tests watch: it looks often.
sub start_worker_cluster
{
    my ($name, %option) = @_;
    my $settings = "shared_preload_libraries = 'segment'\nsegment.naptime = 1\n" . ($option{settings} // '');
    return start_cluster($name, %option, settings => $settings);
}

# How long until a condition holds; undef when it does not in time.
sub seconds_until
{
    my ($condition, $limit) = @_;
    my $begun = time;
    while (1)
    {
        my $holds = eval { $condition->() };
        return time - $begun if $holds;
        return undef if time - $begun > $limit;
        sleep 0.02;
    }
}

# The condition holds before so many seconds have passed.
sub within
{
    my ($limit, $name, $condition) = @_;
    my $seconds = seconds_until($condition, 4 * $limit + 5);
    ok(defined $seconds && $seconds <= $limit, sprintf('%s within %g s', $name, $limit))
      or diag(defined $seconds ? "took $seconds s" : 'never');
    note(sprintf '%s: %.2f s', $name, $seconds) if defined $seconds;
    return $seconds;
}

# Pid of the launcher, or of a database's scheduler or job; '' when there is none that works.
sub worker_pid
{
    my ($node, $kind, $database) = @_;
    my $which = defined $database ? "datname = '$database'" : 'datname IS NULL';
    return $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'segment $kind' AND $which LIMIT 1");
}

# A scheduler that has found the extension; asked in a database that has it.
sub has_scheduler
{
    my ($node, $database, $asked_in) = @_;
    return $node->safe_psql($asked_in // $database,
        "SELECT count(*) FROM segment.worker WHERE kind = 'scheduler' AND state = 'running' AND database = '$database'") eq '1';
}

# Where the log of a node ends now, and what it has got since.
my %marks;

sub mark_log
{
    my ($node) = @_;
    $marks{ $node->name } = -s $node->logfile;
    return;
}

sub log_since
{
    my ($node) = @_;
    return slurp_file($node->logfile, $marks{ $node->name } // 0);
}

# Lines of the log that nobody should have to read, but for those a test expects.
sub odd_lines
{
    my ($node, @expected) = @_;
    my @odd = grep { /(?:WARNING|ERROR|FATAL|PANIC):/ } split /\n/, log_since($node);
    foreach my $expected (@expected)
    {
        @odd = grep { !/$expected/ } @odd;
    }
    return join "\n", @odd;
}

# A process that runs: one that has ended may be there until its parent has looked.
sub is_alive
{
    my ($pid) = @_;
    my $status = eval { slurp_file("/proc/$pid/status") } // return 0;
    return $status !~ /^State:\s+Z/m;
}

# A postmaster's processes whose title says what they are.
sub processes_of
{
    my ($postmaster, $pattern) = @_;
    my @found;
    foreach my $folder (glob '/proc/[0-9]*')
    {
        my ($pid) = $folder =~ /(\d+)$/;
        my $title = eval { slurp_file("$folder/cmdline") } // next;
        my $status = eval { slurp_file("$folder/status") } // next;
        push @found, $pid if $title =~ /$pattern/ && $status =~ /^PPid:\s+$postmaster$/m;
    }
    return @found;
}

1;
