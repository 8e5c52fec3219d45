package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/axess-go/axess/internal/sqlstore"
	"github.com/axess-go/axess/store"
)

// facts are what a server says about itself and about a connection to it.
type facts struct {
	maria bool
	vars  map[string]string
}

// galera: a node of a cluster in which every node takes writes.
func (f facts) galera() bool { return f.is("wsrep_on", "ON") }

func (f facts) is(name, value string) bool { return strings.EqualFold(f.vars[name], value) }

// asked are the settings that promises rest on. SHOW leaves out those that a server
// does not have, which a SELECT of them would not.
var asked = []string{
	"autocommit", "completion_type", "sql_mode", "foreign_key_checks", "unique_checks",
	"character_set_client", "character_set_results", "default_storage_engine", "max_allowed_packet",
	"innodb_flush_log_at_trx_commit", "innodb_flush_method", "log_bin", "sync_binlog", "read_only", "innodb_read_only",
	"innodb_lock_wait_timeout", "wsrep_on", "wsrep_sync_wait", "group_replication_group_name", "group_replication_single_primary_mode",
}

// inspect refuses a server on which promises would not hold.
func inspect(ctx context.Context, db *sql.DB) (f facts, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return facts{}, unreachable(err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var version string
	var database sql.NullString
	if err := conn.QueryRowContext(ctx, `SELECT VERSION(), DATABASE()`).Scan(&version, &database); err != nil {
		return facts{}, fmt.Errorf("this is no MySQL server: %w", err)
	}
	if err := understood(ctx, conn); err != nil {
		return facts{}, err
	}
	f = facts{maria: strings.Contains(version, "MariaDB")}
	if err := supported(version, f.maria); err != nil {
		return facts{}, err
	}
	if !database.Valid {
		return facts{}, errors.New("the connection has no database: name one in the data source name")
	}
	if f.vars, err = variables(ctx, conn); err != nil {
		return facts{}, err
	}
	if err := f.check(); err != nil {
		return facts{}, err
	}
	return f, nil
}

func variables(ctx context.Context, conn *sql.Conn) (vars map[string]string, err error) {
	const ask = `SHOW VARIABLES WHERE Variable_name IN ('`
	rows, err := conn.QueryContext(ctx, ask+strings.Join(asked, `','`)+`')`)
	if err != nil {
		return nil, fmt.Errorf("the settings of the server: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	vars = map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		vars[name] = value
	}
	return vars, rows.Err()
}

// supported holds the version to MySQL 8.0 and MariaDB 10.6.
func supported(version string, maria bool) error {
	name, oldest := "MySQL", [2]int{8, 0}
	if maria {
		name, oldest = "MariaDB", [2]int{10, 6}
		version = strings.TrimPrefix(version, "5.5.5-") // some proxies say it as replication does
	}
	var have [2]int
	parts := strings.SplitN(version, ".", 3)
	for i := range have {
		n, err := strconv.Atoi(part(parts, i))
		if err != nil {
			return fmt.Errorf("the server calls itself %q, which is no version of MySQL or MariaDB", version)
		}
		have[i] = n
	}
	if slices.Compare(have[:], oldest[:]) < 0 {
		return fmt.Errorf("the server is %s %d.%d: upgrade it to %d.%d or newer", name, have[0], have[1], oldest[0], oldest[1])
	}
	return nil
}

func part(parts []string, i int) string {
	if i >= len(parts) {
		return ""
	}
	return parts[i]
}

// smallestPacket leaves room for a session of 1.25 MiB and what goes with it.
const smallestPacket = 4 << 20

func (f facts) check() error {
	mode := strings.Split(f.vars["sql_mode"], ",")
	durable, known := f.vars["innodb_flush_log_at_trx_commit"]
	packet, _ := strconv.Atoi(f.vars["max_allowed_packet"])
	switch {
	case !known:
		return errors.New("the server has no InnoDB: axess needs its transactions and row locks")
	case !f.is("default_storage_engine", "InnoDB"):
		return fmt.Errorf("tables would be made in %s: set default_storage_engine = InnoDB", f.vars["default_storage_engine"])
	case f.is("read_only", "ON"), f.is("innodb_read_only", "ON"):
		return errors.New("the server is read only, as a replica is: name the primary")
	case !slices.Contains(mode, "STRICT_TRANS_TABLES") && !slices.Contains(mode, "STRICT_ALL_TABLES"):
		return errors.New("sql_mode is not strict, and values that do not fit would be cut: add STRICT_TRANS_TABLES to it")
	case slices.Contains(mode, "EMPTY_STRING_IS_NULL"):
		return errors.New("sql_mode has EMPTY_STRING_IS_NULL: take it out")
	case !utf8(f.vars["character_set_client"]), !utf8(f.vars["character_set_results"]):
		return errors.New("the connection is not in utf8mb4: leave charset and collation out of the data source name, or set charset=utf8mb4")
	case !f.is("autocommit", "ON"):
		return errors.New("autocommit is off: leave it on")
	case !f.is("completion_type", "NO_CHAIN"):
		return errors.New("completion_type chains transactions: set it to NO_CHAIN")
	case !f.is("foreign_key_checks", "ON"), !f.is("unique_checks", "ON"):
		return errors.New("foreign_key_checks or unique_checks is off: set both to 1")
	case packet < smallestPacket:
		return fmt.Errorf("max_allowed_packet is %d, too little for a large session: set it to 4M or more", packet)
	case f.is("group_replication_single_primary_mode", "OFF") && f.vars["group_replication_group_name"] != "":
		return errors.New("group replication takes writes on every member, which axess has not been tested on: set group_replication_single_primary_mode = ON")
	}
	return f.lasting(durable)
}

// lasting refuses what a crash of the server's machine could take back after it was
// acknowledged: a revocation above all. With a binary log that is not synced, what
// it lacks after a crash is rolled back in the tables too.
func (f facts) lasting(flush string) error {
	const why = ", and a crash of the server could undo a revocation: "
	switch {
	case flush != "1":
		return fmt.Errorf("innodb_flush_log_at_trx_commit is %s%sset it to 1", flush, why)
	case strings.EqualFold(f.vars["innodb_flush_method"], "nosync"):
		return errors.New("innodb_flush_method is nosync" + why + "leave it out")
	case f.is("log_bin", "ON") && f.vars["sync_binlog"] != "1":
		return fmt.Errorf("there is a binary log and sync_binlog is %s%sset it to 1", f.vars["sync_binlog"], why)
	}
	return nil
}

func utf8(set string) bool { return set == "utf8mb4" }

// understood provokes errors and sees whether they are told apart: with another
// driver every violated condition would look like a database that is down. Two
// statements in one text must be one of them.
func understood(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, `SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1062`); classify(err) != sqlstore.Unique {
		return errors.New("the errors of this driver are not understood: open the database with github.com/go-sql-driver/mysql")
	}
	if _, err := conn.ExecContext(ctx, `DO 0; DO 0`); err == nil {
		return errors.New("one text may hold several statements: leave multiStatements out of the data source name")
	}
	return nil
}

// unreachable says what to do about a server that does not answer.
func unreachable(err error) error {
	var dial *net.OpError
	switch code := number(err); {
	case errors.As(err, &dial):
		return fmt.Errorf("%w: start the server, or correct host and port", err)
	case code == accessDenied || code == hostDenied:
		return fmt.Errorf("%w: correct user and password, and the host that the server knows the user under", err)
	case code == unknownDatabase:
		return fmt.Errorf("%w: create the database", err)
	case code == accessDeniedToDB:
		return fmt.Errorf("%w: create the database, or GRANT this user all rights on it", err)
	case code == tooManyConnections || code == userConnections || code == userLimit || code == shuttingDown || code == notReady,
		errors.Is(err, mysql.ErrInvalidConn), errors.Is(err, driver.ErrBadConn):
		// The server has too much to do, is ending, or waits for its cluster: another try
		// may find it well, and whoever starts a program knows by this that it is worth it.
		return fmt.Errorf("%w: %w", store.ErrUnavailable, explain(err))
	}
	return explain(err)
}
