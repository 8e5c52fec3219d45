package audit

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// Personal lists the fields that can be dropped from an event later, sorted.
// For each of them the event's hash covers, instead of the value, a commitment:
// a digest over the field's name, a random salt and the value (AUD-010). Full
// and reduced forms are separate fields, so that one can go and the other stay.
func Personal() []string {
	all := personal()
	return all[:]
}

func personal() [10]string {
	return [...]string{
		"actor.id", "client.ip", "client.ip_prefix", "client.ip_source", "client.ua_summary", "client.user_agent",
		"data.identifier_mac", "data.operator", "data.stated_reason", "subject.id",
	}
}

const saltSize = 16

// commit adds commitments and salts for the personal values of an event.
func commit(ev *object, src entropy.Source) {
	var digests, salts object
	for _, field := range personal() {
		v, ok := ev.at(field)
		if !ok {
			continue
		}
		var salt [saltSize]byte
		src.Fill(salt[:])
		digests.set(field, text(commitment(field, salt[:], v.textOr())))
		salts.set(field, text(base64.RawURLEncoding.EncodeToString(salt[:])))
	}
	if len(digests) > 0 {
		ev.set("commit", nested(digests))
		ev.set("salt", nested(salts))
	}
}

func commitment(field string, salt []byte, value string) string {
	d := seal.Digest(seal.DigestAuditCommit, seal.AppendFields(nil, "", []byte(field), salt, []byte(value)))
	return base64.RawURLEncoding.EncodeToString(d[:])
}

// checkCommitments returns the fields whose value was dropped, sorted. A value
// that is not the committed one, or half of a pair, is store.ErrCorrupt.
func checkCommitments(ev object) ([]string, error) {
	digests, _ := ev.get("commit")
	salts, _ := ev.get("salt")
	var dropped []string
	for _, m := range digests.obj {
		if !mayCommit(m.key) {
			return nil, fmt.Errorf("audit: open event: %w: commitment to what is not personal", store.ErrCorrupt)
		}
		v, known := ev.at(m.key)
		salt, salted := salts.obj.get(m.key)
		if !known && !salted {
			dropped = append(dropped, m.key)
			continue
		}
		raw, err := base64.RawURLEncoding.DecodeString(salt.str)
		if err != nil || v.kind != isText || commitment(m.key, raw, v.str) != m.val.str {
			return nil, fmt.Errorf("audit: open event: %w: %s is not the value that was recorded", store.ErrCorrupt, m.key)
		}
	}
	for _, field := range personal() {
		if _, ok := ev.at(field); ok && !digests.obj.has(field) {
			return nil, fmt.Errorf("audit: open event: %w: %s has no commitment", store.ErrCorrupt, field)
		}
	}
	return dropped, nil
}

// drop removes values and salts.
func drop(ev object, fields []string) object {
	for _, field := range fields {
		ev = ev.without(strings.Split(field, "."))
		ev = ev.without([]string{"salt", field})
	}
	return ev
}

// hash is the digest of an event without personal values and salts: the same
// before and after any of them is dropped.
func hash(ev object) [32]byte {
	digests, _ := ev.get("commit")
	fields := make([]string, 0, len(digests.obj))
	for _, m := range digests.obj {
		fields = append(fields, m.key)
	}
	ev = drop(ev, fields)
	ev = ev.without([]string{"salt"})
	return seal.Digest(seal.DigestAuditEvent, canonical(ev))
}

// mayCommit says which fields a commitment can stand for, those of later
// versions included. Were it any field, a commitment to the outcome would take
// the outcome out of the hash.
func mayCommit(field string) bool {
	head, rest, _ := strings.Cut(field, ".")
	return rest != "" && !strings.Contains(rest, ".") && slices.Contains([]string{"actor", "client", "data", "subject"}, head)
}
