package sim

import (
	"slices"

	"github.com/axess-go/axess/metric"
)

// rotationSilent: releases are rolled out with the steps of a change of all keys, and
// tenants get another pepper, while people go on. Whatever a server then cannot read or
// takes for a forgery, though nobody has touched a row, was refused for its key.
func rotationSilent() invariant {
	return invariant{Invariant: Invariant{
		ID: "I38", Name: "RotationSilent",
		Statement: "While all keys and the peppers of tenants change, on servers that hear of it one after the other, nothing that is genuine is taken for a forgery: no credential, no link, no role, no rule.",
		Covers:    []string{"SES-130", "SES-156", "OPS-002"},
	}}
}

// forgeries are the alarms about rows that are not what was written. Others come from a
// store that does not answer, too.
func forgeries() []string {
	return []string{"credential_corrupt", "credential_unreadable", "grant_not_authentic", "link_not_authentic", "policy_not_authentic"}
}

// meter hears what a server counts.
type meter struct{ g *ghost }

// Count implements metric.Sink.
func (m meter) Count(name string, labels ...metric.Label) {
	if name != "authn_alarms" {
		return
	}
	for _, l := range labels {
		if l.Key() == metric.Reason {
			m.g.alarmed(l.Value())
		}
	}
}

// Gauge implements metric.Sink.
func (meter) Gauge(string, float64, ...metric.Label) {}

// Observe implements metric.Sink.
func (meter) Observe(string, float64, ...metric.Label) {}

// alarmed notes an alarm of a server.
func (g *ghost) alarmed(reason string) {
	g.alarms[reason]++
	if slices.Contains(forgeries(), reason) && !g.edited && g.shaken == 0 {
		g.notice("I38", "a server takes what is genuine for a forgery: %s, in step %d of a change of keys", reason, g.w.safe.phase)
	}
}
