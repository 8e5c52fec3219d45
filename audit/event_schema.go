package audit

// SchemaMigrated says that an operator's command has brought the tables up to a
// program, step by step.
type SchemaMigrated struct {
	// From and To are the numbers of the last step before and after; From is 0, and
	// left out, where there were no tables.
	From int `audit:"from,optional"`
	To   int `audit:"to"`
	// Version is that of the program.
	Version string `audit:"version"`
	// Operator is the account of the operating system that ran the command, as
	// that system says.
	Operator string `audit:"operator"`
}

func (SchemaMigrated) about() facts {
	return facts{kind: "schema_migrated", class: Critical, outcomes: anyOf(Success), platform: true}
}

func (e SchemaMigrated) fill(f *fields) {
	f.outcome(Success)
	f.optionalCount("from", e.From)
	f.count("to", e.To)
	if e.To <= e.From {
		f.fail("to", ErrBadField)
	}
	f.text("version", e.Version, isVersion)
	f.text("operator", e.Operator, isVersion)
}
