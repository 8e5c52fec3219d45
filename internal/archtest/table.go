package archtest

// Module is the path in front of every package of the table.
const Module = "github.com/axess-go/axess"

// Rules is what Check holds a graph against. Package names are relative to
// Module; the root package is ".". A name that ends in "/*" stands for all
// packages directly below it that have no entry of their own.
type Rules struct {
	Rank map[string]int
	// Only names, for a package or a "/*" pattern, all packages that may import it.
	Only map[string][]string
	// Programs link more than the library does: their imports of other
	// modules are not held against External.
	Programs map[string]bool
	// External are the modules a library package may reach, directly or not.
	External map[string]string // module → what for
	// TestKits may import the standard package testing.
	TestKits map[string]bool
}

// House returns the rules of this repository.
func House() Rules {
	kits := []string{"axesstest", "cmd/axess", "sim", "doctor", "internal/fronttest"}
	return Rules{
		Rank: map[string]int{
			"store":               0,
			"clock":               0,
			"entropy":             0,
			"metric":              0,
			"validate":            0,
			"middleware/clientip": 0,
			"internal/respond":    0,
			"internal/shellword":  0,
			"internal/strictjson": 0,
			"internal/logtest":    0,
			"internal/dbtest":     0,
			"internal/certtest":   0,
			"internal/filelock":   0,
			"internal/headroom":   0,
			"internal/stall":      1,
			"internal/regular":    0,
			"internal/draws":      0,
			"internal/virtual":    -1, // below clock, whose contexts it makes
			"internal/useragent":  0,
			"internal/problem":    1, // reads the scope of internal/respond

			"internal/sched": 1,
			"seal":           1,
			"identity":       1,

			"internal/safehttp": 1,

			"internal/overlay": 2, // waits through internal/sched

			"axesstest/httpscan": 2, // the tests of every package above may use it

			"keys":                  2,
			"jwt":                   2, // below every factor and orchestrator that takes tokens
			"factor":                2,
			"mail":                  2,
			"audit":                 2,
			"runner":                2,
			"internal/coro":         2,
			"internal/argon2":       2,
			"health":                2,
			"middleware/clientcert": 2, // below session, which binds to what it finds
			"internal/machine":      2,
			"internal/approval":     2,
			// What a change of accounts does, for the backends without SQL.
			"internal/changeset": 2,
			// What was mailed, until it is used.
			"internal/challenge": 2,
			// What codes by time and by counter have in common.
			"internal/oath": 2,

			"factor/*":        3,
			"factor/password": 3,
			// The lists of known passwords; factor/password has the port.
			"factor/password/blocklist": 3,
			"mail/*":                    3,
			"session":                   3,

			"authn":                4,
			"internal/ending":      4,
			"middleware/csrf":      4,
			"middleware/secure":    4,
			"middleware/requestid": 4,
			"middleware/ratelimit": 4,

			"backend":           5,
			"internal/lever":    5,
			"internal/portargs": 5,
			"internal/guard":    5,

			"internal/duty":         6,
			"ui":                    6,
			"internal/sqlstore":     6,
			"internal/sqltest":      6,
			"store/memory":          6,
			"store/storetest/fault": 6,
			"store/storetest":       7, // its suite injects faults

			".":              7,
			"store/sqlite":   7,
			"store/postgres": 7,
			"store/mysql":    7,
			"store/valkey":   7,

			"axesstest":       8,
			"sim":             8,
			"sim/model":       5, // the tests of the ports use it
			"sim/history":     0,
			"doctor":          8,
			"internal/mutate": 8,

			"cmd/axess":          9,
			"internal/fronttest": 9,
			// What only the program uses: a word for its refusals, and the rest.
			"cmd/axess/internal/refusal": 0,
			"cmd/axess/internal/*":       8,
			"internal/cmd/*":             9,
			"internal/attack":            9,
			"internal/archtest":          9,
			"internal/docscheck":         9,
		},
		Only: map[string][]string{
			"internal/argon2":   {"factor/password"},
			"internal/machine":  {"session", "authn", "sim"},
			"internal/approval": {"authn", "internal/guard", "."},
			"factor/ldap":       {"cmd/axess", "cmd/axess/internal/*", "doctor"}, // authn takes an interface: who embeds the library links no LDAP unasked
			"mail/*":            {"cmd/axess", "doctor"},                         // the library takes a mail.Sender: who embeds it links no SMTP unasked
			// A program that linked it would have a way to cheap passwords (TKT-003).
			"axesstest":          {"internal/fronttest"},
			"axesstest/httpscan": {"axesstest", "internal/fronttest"},
			"store/memory":       kits,
			"store/sqlite":       kits,
			"store/postgres":     kits,
			"store/mysql":        kits,
			"store/valkey":       kits,
		},
		// The SQLite driver (github.com/ncruces/go-sqlite3: SQLite without cgo) is
		// no module of the library: only programs that keep their data in it link it.
		Programs: map[string]bool{
			"store/sqlite": true, "store/postgres": true, "store/mysql": true, "store/valkey": true,
			"axesstest": true, "sim": true, "doctor": true, "store/storetest": true, "store/storetest/fault": true, "internal/draws": true,
			"cmd/axess": true, "cmd/axess/internal/*": true, "internal/cmd/*": true, "internal/archtest": true,
		},
		External: map[string]string{
			"github.com/fxamacker/cbor/v2":    "sealed state",
			"github.com/go-ldap/ldap/v3":      "the LDAP client under factor/ldap; only programs that import that link it",
			"github.com/go-asn1-ber/asn1-ber": "part of go-ldap: the messages",
			"github.com/Azure/go-ntlmssp":     "part of go-ldap: a way to bind that is not used",
			"github.com/google/uuid":          "part of go-ldap: controls that are not used",
			"github.com/wneessen/go-mail":     "the SMTP client under mail/smtp; only programs that import that link it",
			"github.com/x448/float16":         "part of cbor",
			"golang.org/x/crypto":             "BLAKE2b; Argon2id as what ours is held to, bcrypt, scrypt",
			"golang.org/x/net":                "public suffixes, IDNA",
			"golang.org/x/sys":                "what the processor can do; part of x/crypto",
			"golang.org/x/text":               "Unicode normal forms, PRECIS",
			"rsc.io/qr":                       "the picture of a TOTP enrolment",
		},
		TestKits: map[string]bool{"axesstest": true, "axesstest/httpscan": true, "sim": true, "store/storetest": true, "store/storetest/fault": true, "internal/fronttest": true, "internal/logtest": true, "internal/draws": true, "internal/dbtest": true, "internal/certtest": true, "internal/sqltest": true},
	}
}
