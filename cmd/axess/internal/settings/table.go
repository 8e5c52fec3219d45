package settings

// Table returns every setting, in the order in which people meet them. A key must
// not begin with port or service: Kubernetes puts AXESS_PORT and AXESS_SERVICE_…
// into every container beside a service that is called axess.
func Table() []Setting {
	return []Setting{
		{Key: "addr", Default: "localhost:8080", Help: "`host:port` to listen on; localhost is both loopback addresses, port 0 takes a free one"},
		{Key: "origin", Help: "`URL` under which people reach the server (default: http://localhost with the port of addr)"},
		{Key: "extra_origins", Kind: List, Help: "`URL` of a further origin of the same server"},
		{Key: "profile", OneOf: []string{"development", "standard", "regulated"}, Help: "`how` strict to be (default: development if every origin is on this machine, else standard)"},
		{Key: "name", Default: "axess", Help: "`text` that the pages call themselves"},
		{Key: "sign_up", OneOf: []string{"open", "closed"}, Help: "`who` may create an account (default: open in development)"},
		{Key: "second_factor", OneOf: []string{"optional", "required"}, Help: "`who` signs in with an authenticator app too: whoever asks for it, or everybody (default: as the database has it, optional in a new one)"},

		{Key: "data", Kind: Path, Help: "`directory` of database and key file, made if it does not exist; with a database server, of what is this process's own (default: that of dsn, or axess-data)"},
		{Key: "dsn", Kind: Store, Secrecy: Mixed, Engines: []Engine{Memory, SQLite, Postgres, MySQL, Valkey}, Help: "`store`: postgres://USER@HOST/DATABASE, mysql://USER@HOST/DATABASE, valkeys://USER@HOST, sqlite:PATH, or memory (default: axess.db in the data directory)"},
		{Key: "sessions", Kind: Store, Secrecy: Mixed, Engines: []Engine{Valkey}, Help: "`server` of sessions and guesses, where they are not to be with the accounts: valkeys://USER@HOST, or valkey:// without TLS on this machine (default: where dsn is)"},
		{Key: "keys", Kind: Path, Help: "`file` made by axess keys init (default: in development axess.keys beside the database)"},
		{Key: "migrate", Kind: Switch, Default: "false", Help: "let a start bring an older database up to date; take a backup first"},
		{Key: "single_node", Help: "`reason` why memory is enough outside development"},

		{Key: "passwords.file", Kind: Path, Help: "`file` of passwords that nobody may choose, one on each line, beside the list in the program; a reload reads it again"},
		{Key: "passwords.range", Help: "`URL` of a service that knows passwords from breaches and is told five digits of a digest, such as https://api.pwnedpasswords.com/range/ (default: none is asked)"},
		{Key: "passwords.at_sign_in", Kind: Switch, Default: "false", Help: "ask the lists about a password that was right too, and have it replaced if one knows it"},

		{Key: "mail.host", Help: "`name` of the mail server that takes our mails"},
		{Key: "mail.port", Kind: Count, Help: "`number` of its port (default: 465 for implicit, 587 for starttls)"},
		{Key: "mail.tls", Default: "implicit", OneOf: []string{"implicit", "starttls"}, Help: "`when` TLS begins: with the first byte, or by a STARTTLS that must succeed"},
		{Key: "mail.from", Help: "`address` that mails come from, such as \"Example <no-reply@example.com>\""},
		{Key: "mail.user", Help: "`name` that the mail server knows us by"},
		{Key: "mail.password", Secrecy: Hidden, Help: "password of mail.user"},

		{Key: "ui.templates", Kind: Path, Help: "`directory` of templates in the place of shipped ones; axess ui export writes those"},
		{Key: "ui.theme", Kind: Path, Help: "TOML `file` with the colours, radius and font of the pages"},
		{Key: "ui.logo", Kind: Path, Help: "PNG `file` of at most 64 KiB, beside the name"},
		{Key: "ui.help_url", Help: "`URL` or path of a help page, linked at the foot of every page"},
		{Key: "ui.privacy_url", Help: "`URL` or path of the privacy notice, linked at the foot of every page"},
		{Key: "ui.terms_url", Help: "`URL` or path of the terms, linked where an account is created"},

		{Key: "tls.cert", Kind: Path, Help: "PEM `file` of the server's certificate, leaf first; a new one is taken when it changes"},
		{Key: "tls.key", Kind: Path, Help: "PEM `file` of its key"},
		{Key: "dev_tls", Kind: Switch, Default: "false", Help: "serve development over TLS, on port 8443, with a certificate made in the data directory; see axess dev trust"},
		{Key: "dev_host", Kind: List, Help: "`name` such as app.example.test that the certificate of dev_tls covers beside localhost"},
		{Key: "trusted_proxies", Kind: List, Help: "`range` of proxies in front, such as 10.0.0.0/8, that are believed about where a request comes from"},
		{Key: "insecure_dev_listen", Help: "`reason` why development may answer other machines, such as a container"},

		{Key: "session.idle", Kind: Duration, Help: "`time` without activity after which a sign-in ends (default: 24h)"},
		{Key: "session.absolute", Kind: Duration, Help: "`time` after which a sign-in ends in any case (default: 7d)"},
		{Key: "session.limit", Kind: Count, Help: "`number` of sessions that one person may have at once (default: no limit of your own)"},

		{Key: "log.level", Default: "info", OneOf: []string{"debug", "info", "warn", "error"}, Help: "`level` of the least important line that is logged"},
		{Key: "log.format", Default: "auto", OneOf: []string{"auto", "text", "json"}, Help: "`form` of log lines; auto is text on a terminal and JSON elsewhere"},
	}
}

// lookup returns the row of a key.
func lookup(table []Setting, key string) (Setting, bool) {
	for _, s := range table {
		if s.Key == key {
			return s, true
		}
	}
	return Setting{}, false
}
