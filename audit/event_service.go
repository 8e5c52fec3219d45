package audit

// ServiceStarted says that a process is ready to serve.
type ServiceStarted struct {
	Version string `audit:"version"`
	// ConfigDigest is a SHA-256 over the configuration without its secrets, in hex.
	ConfigDigest string `audit:"config_digest,optional"`
}

func (ServiceStarted) about() facts {
	return facts{kind: "service_started", class: Normal, outcomes: anyOf(Success), platform: true}
}

func (e ServiceStarted) fill(f *fields) {
	f.outcome(Success)
	f.text("version", e.Version, isVersion)
	f.optionalText("config_digest", e.ConfigDigest, func(s string) bool { return isHex(s) && len(s) == 64 })
}

// ServiceStopped says that a process ended on request. It is a failure when it
// had to leave work behind. A process that is killed says nothing.
type ServiceStopped struct {
	Outcome Outcome `audit:"outcome"`
	Version string  `audit:"version"`
}

func (ServiceStopped) about() facts {
	return facts{kind: "service_stopped", class: Normal, outcomes: anyOf(Success, Failure), platform: true}
}

func (e ServiceStopped) fill(f *fields) {
	f.outcome(e.Outcome)
	f.text("version", e.Version, isVersion)
	f.data.set("clean", boolean(e.Outcome == Success))
}
