package mysql

import "strings"

// A limit holds on the server, for a caller whose end the server does not hear of: it
// notices only at the end of a wait or a statement that nobody is there any more
// (STO-062).
type limit struct{ name, value string }

// limits are what a connection of ours has; what the data source name says holds.
func (f facts) limits() []limit {
	common := []limit{
		{"innodb_lock_wait_timeout", "5"}, // seconds for a row
		{"lock_wait_timeout", "60"},       // and for a table whose schema changes
	}
	if f.maria {
		// Longer than any statement; and a transaction whose program has gone silent gives
		// up its locks: those of an epoch would keep a revocation from being made.
		return append(common, limit{"max_statement_time", "60"}, limit{"idle_transaction_timeout", "10"})
	}
	return append(common, limit{"max_execution_time", "60000"}) // of what reads, in milliseconds
}

// unlimited takes the limits off a connection that changes the schema, which may take
// long and waits for whoever else does.
func (f facts) unlimited() string {
	off := []string{"SET SESSION lock_wait_timeout = 86400"}
	if f.maria {
		return strings.Join(append(off, "max_statement_time = 0", "idle_transaction_timeout = 0"), ", ")
	}
	return strings.Join(append(off, "max_execution_time = 0"), ", ")
}
