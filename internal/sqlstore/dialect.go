package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// Class is what an error of a driver means for a transaction.
type Class uint8

// The classes. The zero class is everything that has no other.
const (
	// Unavailable: nobody knows whether a write took effect.
	Unavailable Class = iota
	// Unique: a primary or unique key is taken. The transaction is lost.
	Unique
	// ForeignKey: a row refers to one that is not there. The transaction is lost.
	ForeignKey
	// Retry: nothing has taken effect, and the whole transaction may be tried
	// again: the database was busy or broke a tie. An error of a commit that may
	// have taken effect is not of this class.
	Retry
	// Ended: the server has ended the connection, as one that rested while it was
	// started anew. A statement of a transaction that is not committed had no effect
	// then; of any other nobody knows.
	Ended
	// Corrupt: the database itself is damaged.
	Corrupt
	// Malformed: no column can hold what was given.
	Malformed
)

// Dialect is what one database does its own way.
type Dialect struct {
	// Name stands in errors and in backend.Info: "sqlite", ….
	Name string
	// Begin opens a transaction that may write, Snapshot one that reads several
	// statements from one state. Several statements are separated by "; ", and each
	// is sent by itself.
	Begin, Snapshot string
	// Placeholder, if set, is put in front of the number of each parameter ("$"
	// for PostgreSQL); otherwise parameters are question marks.
	Placeholder string
	// ForUpdate is the clause that locks the rows of a select, ForShare the one that
	// keeps them as they are and lets others do the same; both empty where a
	// transaction that may write excludes all others.
	ForUpdate, ForShare string
	// SkipLocked is ForUpdate for a search that leaves out what others hold; empty
	// where ForUpdate is.
	SkipLocked string
	// HoldByWrite makes a change of each row that a lock alone would hold: where
	// several servers take writes and compare them when they commit, a lock on one of
	// them means nothing to the others. The tables have a column for it, held.
	HoldByWrite bool
	// Whole, if set, is a statement that fails when the transaction which Begin opened
	// is over: it is asked at the end, where a server may have taken a transaction back
	// without an answer that says so. Begin then also sees to it that no statement
	// commits by itself, and After makes the connection what it was.
	Whole, After string
	// DeleteLimit says that a delete takes ORDER BY and LIMIT, and finds its rows that
	// way instead of by a list of keys.
	DeleteLimit bool
	// Alone, if set, makes a transaction the only one that changes the schema.
	Alone string
	// Stepwise is for databases in which each statement that changes the schema
	// commits by itself; nil elsewhere.
	Stepwise *Stepwise
	// Tries bounds how often a transaction is tried that the database refuses for the
	// sake of others; 0: five times (STO-060).
	Tries int
	// Pooled leaves connections in the pool of database/sql between verbs, which
	// sees to those that the server has closed, and statements to the driver.
	Pooled bool
	// IfAbsent is the clause that makes an insert of a known key do nothing.
	IfAbsent string
	// Prefix begins the name of every table and index; empty: "axess_". Letters,
	// digits and underscores, at most 31, in lower case, not beginning with a digit.
	Prefix string
	// Tables lists the tables with a given name prefix: one parameter, a LIKE
	// pattern with backslash escapes.
	Tables string
	// Vet, if set, refuses a connection whose settings lack what a port promises.
	Vet func(context.Context, *sql.Conn) error
	// Direct, if set, prepares a statement on a connection of the driver, past
	// database/sql.
	Direct func(driverConn any, text string) (Direct, error)
	// Call and Listen are for databases that carry a call from one process to others,
	// which then look at once for what has ended; both are empty elsewhere. Call is a
	// statement that calls. Listen takes a connection of its own, and when it hears on
	// it, it runs hears with a function that waits for the next call and whose error is
	// the end of ctx or of the connection; Listen returns what hears does, [ErrDeaf]
	// for a connection that it sees to be of no use, or why there is none.
	Call   string
	Listen func(ctx context.Context, db *sql.DB, hears func(next func(context.Context) error) error) error
	// Silent says why both are empty where they could be set.
	Silent string
	// StepNote tells an operator what every step of a schema locks; may be empty.
	StepNote string
	// Explain, if set, adds to an error of the driver what to do about it; it may
	// return the error as it came.
	Explain func(error) error
	// Classify tells what an error of the driver means.
	Classify func(error) Class
}

// rewrite makes a statement of this package one of the dialect. It runs when a
// connection prepares the statement, on constants alone.
func (d *Dialect) rewrite(text string) string {
	text = strings.NewReplacer("{lock}", d.ForUpdate, "{skip}", d.SkipLocked, "{share}", d.ForShare, "{ifabsent}", d.IfAbsent).Replace(d.prefixed(text))
	if d.Placeholder == "" {
		return text
	}
	var b strings.Builder
	for n := 1; ; n++ {
		head, tail, more := strings.Cut(text, "?")
		b.WriteString(head)
		if !more {
			return b.String()
		}
		b.WriteString(d.Placeholder + strconv.Itoa(n))
		text = tail
	}
}

// shippedPrefix is that of the names in statements and migrations.
const shippedPrefix = "axess_"

// prefixed puts the prefix into the names of a statement or a migration.
func (d *Dialect) prefixed(text string) string {
	if d.Prefix == "" {
		return text
	}
	return strings.ReplaceAll(text, shippedPrefix, d.Prefix)
}

// validPrefix holds a prefix to what needs no quoting in any dialect (STO-070): it
// is the one part of a statement that is not constant.
func validPrefix(p string) bool {
	for i, c := range []byte(p) {
		if c != '_' && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return len(p) <= 31
}

func (d *Dialect) tries() int {
	if d.Tries == 0 {
		return tries
	}
	return d.Tries
}

func (d *Dialect) check() error {
	switch {
	case !validPrefix(d.Prefix):
		return fmt.Errorf("sqlstore: the prefix %q is not of lower-case letters, digits and underscores, at most 31, beginning with no digit", d.Prefix)
	case d.Name == "":
		return fmt.Errorf("sqlstore: Dialect.Name is empty")
	case d.Begin == "" || d.Snapshot == "" || d.IfAbsent == "" || d.Tables == "":
		return fmt.Errorf("sqlstore: Dialect of %s lacks Begin, Snapshot, IfAbsent or Tables", d.Name)
	case (d.Whole == "") != (d.After == ""):
		return fmt.Errorf("sqlstore: Dialect of %s has one of Whole and After", d.Name)
	case (d.ForUpdate == "") != (d.ForShare == ""):
		return fmt.Errorf("sqlstore: Dialect of %s has one of ForUpdate and ForShare", d.Name)
	case (d.Call == "") != (d.Listen == nil):
		return fmt.Errorf("sqlstore: Dialect of %s has one of Call and Listen", d.Name)
	case d.Classify == nil:
		return fmt.Errorf("sqlstore: Dialect of %s lacks Classify", d.Name)
	}
	return nil
}
