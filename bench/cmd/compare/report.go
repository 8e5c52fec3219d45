package main

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/axess-go/axess/bench"
)

// machine says where the figures come from.
func machine() string {
	return fmt.Sprintf("%s, %s/%s, %d logical CPUs (%s)",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), processor())
}

// load is how many processes wanted to run of late, as Linux counts them; the
// contests themselves are 1 to 4 of them.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if f := strings.Fields(string(text)); err == nil && len(f) > 2 {
		return f[0] + " " + f[1] + " " + f[2]
	}
	return "unknown"
}

// processor is the model as Linux names it.
func processor() string {
	const unknown = "model unknown"
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return unknown
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return unknown
}

// report is Markdown: bars first, then what every contestant took.
func report(results []bench.Result, machine string, rounds int, benchtime string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Measured beside its peers\n\n%s\n", intro)
	fmt.Fprintf(&b, "Machine: %s. %d rounds, %s per measurement.\n", machine, rounds, benchtime)
	b.WriteString("\n## What we want to hold\n\n| contest | contestant | bar | measured | |\n|---|---|---|---|---|\n")
	for _, r := range results {
		for _, bar := range r.Contest.Bars {
			if r.Missing != nil {
				fmt.Fprintf(&b, "| %s | %s | %s | – | **not measured** |\n", r.Contest.Name, bar.Entry, wanted(bar))
				continue
			}
			verdict := "missed"
			if r.Met(bar) {
				verdict = "met"
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | **%s** |\n", r.Contest.Name, bar.Entry, wanted(bar), got(r, bar), verdict)
		}
	}
	for _, r := range results {
		table(&b, r)
	}
	b.WriteString(notes)
	return b.String()
}

// wanted are the parts of a bar.
func wanted(bar bench.Bar) string {
	var w []string
	if bar.Ratio > 0 {
		w = append(w, fmt.Sprintf("≤ %.2f× of %s", bar.Ratio, bar.Against))
	}
	if bar.Share > 0 {
		w = append(w, fmt.Sprintf("≥ %.0f %% of the requests of %s", bar.Share*100, bar.Against))
	}
	if bar.Nanoseconds > 0 {
		w = append(w, "≤ "+duration(bar.Nanoseconds))
	}
	if bar.Allocs > 0 {
		w = append(w, fmt.Sprintf("≤ %d allocs", bar.Allocs))
	}
	if bar.Bytes > 0 {
		w = append(w, "≤ "+size(bar.Bytes))
	}
	if bar.Calls > 0 {
		w = append(w, fmt.Sprintf("≤ %d calls", bar.Calls))
	}
	return strings.Join(w, ", ")
}

// got is what was measured for each of them.
func got(r bench.Result, bar bench.Bar) string {
	var g []string
	m := r.Median(bar.Entry)
	if bar.Ratio > 0 {
		g = append(g, fmt.Sprintf("%.2f×", r.Ratio(bar.Entry, bar.Against)))
	}
	if bar.Share > 0 {
		g = append(g, fmt.Sprintf("%.1f %%", r.Share(bar.Entry, bar.Against)*100))
	}
	if bar.Nanoseconds > 0 {
		g = append(g, duration(m.Nanoseconds))
	}
	if bar.Allocs > 0 {
		g = append(g, fmt.Sprintf("%d allocs", m.Allocs))
	}
	if bar.Bytes > 0 {
		g = append(g, size(m.Bytes))
	}
	if bar.Calls > 0 {
		g = append(g, fmt.Sprintf("%d calls", m.Calls))
	}
	return strings.Join(g, ", ")
}

func table(b *strings.Builder, r bench.Result) {
	fmt.Fprintf(b, "\n## %s\n\n`-contest %s`\n\n", r.Contest.Title, r.Contest.Name)
	if r.Missing != nil {
		fmt.Fprintf(b, "Not measured: %v.\n", r.Missing)
		return
	}
	fmt.Fprintf(b, "| contestant | time | allocs | bytes | axess takes |\n|---|---|---|---|---|\n")
	for _, e := range r.Contest.Entries {
		m := r.Median(e.Name)
		name, ratio := e.Name, ""
		if e.Source != "" {
			name += " (`" + e.Source + "`)"
			ratio = fmt.Sprintf("%.2f× of it", r.Ratio(cmp.Or(e.Beside, r.Contest.Entries[0].Name), e.Name))
		}
		fmt.Fprintf(b, "| %s | %s | %d | %d | %s |\n", name, duration(m.Nanoseconds), m.Allocs, m.Bytes, ratio)
	}
}

// size is in MiB where there are many.
func size(bytes int64) string {
	const mib = 1 << 20
	if bytes >= 10*mib {
		return fmt.Sprintf("%d MiB", bytes/mib)
	}
	return fmt.Sprintf("%d bytes", bytes)
}

// duration has three digits and the unit that suits it.
func duration(ns float64) string {
	switch {
	case ns < 1e3:
		return fmt.Sprintf("%.0f ns", ns)
	case ns < 1e6:
		return fmt.Sprintf("%.2f µs", ns/1e3)
	default:
		return fmt.Sprintf("%.1f ms", ns/1e6)
	}
}

const intro = `Written by ` + "`make bench`" + `; do not edit. All contestants of a contest ran in the same
process, in turn, round after round. Times are medians over the rounds; a ratio is
the median of the ratios within each round, which a busy machine disturbs least.
Compare ratios, not times, with a run of your own:

    make bench

The servers come with ` + "`make server-tools`" + `; the contest of one that is missing is said to
be not measured, and ` + "`make bench`" + ` then fails, unless it is called with ALLOW_MISSING=1.
`

const notes = `
## What is measured

- **read**: a request as Chrome sends it, with four cookies, through the session
  middleware; the handler reads the user and one of four values and writes two
  bytes. axess verifies a signed cookie, loads the record together with the
  revocation epochs, opens the sealed body, checks deadlines and decodes. scs reads
  a random token and decodes gob; with an idle timeout it also writes the session
  back on each request, where axess notes activity only now and then. The cookie
  store of gorilla keeps everything in the cookie, so nothing can be revoked.
  ×10k: ten thousand sessions in random order, which no processor cache holds.
  axess keeps what opening a body has led to and uses it again for the same bytes
  under the same keys; "opened anew" does without, as the Regulated profile does.
- **sqlite**: as read, with the sessions in a file; all on the same driver with the
  same settings (WAL, synchronous FULL). One statement each; with an idle timeout
  scs also writes, through to the disk, on each request. ×2k: two thousand sessions.
- **postgres**: as sqlite, on one server of this machine over its loopback address, with
  fsync on, the same driver (pgx) and up to 16 connections each. Ours asks one
  statement, which also brings the revocation epochs along; scs with an idle timeout
  reads and writes, and waits for the disk. ×2k: two thousand sessions.
- **mysql**: as postgres, on MariaDB, whose data are in memory, so that what the disk would
  add to the writes of scs is left out. Its store prepares each statement anew, as its
  documentation has it; interpolateParams spares that by writing values into the text of
  statements, which ours refuses.
- **valkey**: as postgres, on the server of its kind that the machine has (Redis 7.0). Ours
  is loaded from copies in the process, which the server ends when something changes, and
  asks for nothing while it is warm; without local cache it asks once for each
  request, for record and epochs together, and twice for a session that the process has
  not seen before; scs asks once, and once more to write with an idle timeout.
- **sweep**: a table of PostgreSQL with two million sessions, every other one over for
  less than a day, swept in batches of 500 without a pause, while somebody loads and
  touches sessions that are alive. A batch is one transaction: it holds no lock for
  longer than it takes, as its client sees it. Measured once.
- **ended**: 240 sessions that are signed in on three nodes, with a request open on each
  of them, are ended one after the other, by sign-out and by raising the user's epoch in
  turn, at one node after another. Counted is from the moment at which the node
  acknowledges it until the slowest node has refused a request, and until the slowest has
  told the request that is open. A node is a manager of sessions with a connection to the
  server of its own; on the memory store and on SQLite, which are of one process, they
  share it. MariaDB tells nothing by itself and is asked once a second. Measured once.
- **memory**: what the heap holds more, for one session of a million that nobody uses,
  each of a person of its own, with login id and limit kept beside them; the ratio is of
  bytes. axess and scs have the four values of the read contest, "no values" is what
  somebody who is signed in costs at the least. Measured once.
- **cookie**, **open**: benchmarks inside of package session.
- **csrf**, **form**: the same requests with and without the layers, the best of three
  turns each, subtracted.
  axess checks the origin in its outer layer and binds its token to the session in
  the inner one; the peers have no session to bind to. What CrossOriginProtection
  adds to a safe request is less than this can measure, for another guarantee: it
  rests on what the browser says alone, which is the first of our two layers.
- **web**: a server of the standard library on loopback and visitors that do no more
  than ask and count bytes, one per processor, over connections that stay open; the
  page is drawn anew each time with html/template. Bare: the same page without
  anything around it. axess: everything that Handler puts around a program, with a
  guard on the route; scs: its session alone.
- **pages**: a GET of a page that is drawn anew, of 400 the one in the middle and
  the 99th of a hundred, sorted; allocations are not counted. No page hashes a
  password.
- **hash**: axess goes through its gate, parses the record and compares; "the hash
  alone" is what both have. It keeps its memory until garbage is collected, which
  happens before each measurement here: the first hash of one makes it anew. The
  reference in C is not among them: it would have to be on the machine, with its headers.
- **token**: a token that was never seen before is no different, nothing is remembered.
  Both parse it, find the key by its name in a set, verify and compare issuer, audience
  and times; axess reads header and payload by its strict rules beside, and the peer
  by those of its own copy of encoding/json.
- **scan**: benchmarks inside of package strictjson.
- **calls**: of the ports of every store that a login asks, each of which is one round
  trip or one transaction, counted between the verbs of a program; time and memory are not
  looked at.
- **logins**: a server in a process of its own, on loopback, asked by 500 browsers in
  another, each from an address of its own; no name is anybody's, which takes as long.
  First all send name and password at the same moment; then, for eight seconds, each opens
  the page and tries another name as soon as it has its answer. Those that do not come to
  their turn at the gate within two seconds are told to come again. Time is until all of
  the first are answered; bytes are the most that the process has had (VmHWM). The reader
  asks for a guarded page, with 2 ms between two requests. Server and reader share the
  processors of one machine with the browsers, which run when nobody else wants one
  (chrt -i): browsers elsewhere take none of them. How often a password is looked at is what giving
  way to all others leaves to hashing. Measured once.

Requests are copied, not parsed, and answers are counted, not sent: what a server
and a network add is the same for all and left out.
`
