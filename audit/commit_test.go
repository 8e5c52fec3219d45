package audit

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/store"
)

func (b bench) full(t *testing.T) Record {
	t.Helper()
	of := b.of
	of.Actor, of.ActorHandle = id16[identity.UserID](9), [16]byte{9}
	rec := b.record(t, request(t, "192.0.2.17:4711"), of, LoginAttempt{
		Outcome: Failure, Method: "password", FirstFactor: "password", Reason: ReasonNotActive,
		IdentifierMAC: b.IdentifierMAC(of.Tenant, "ada@example.test"),
	})
	rec.Seq = 3
	return rec
}

func open(t *testing.T, r Record) Entry {
	t.Helper()
	e, err := r.Open()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// AUD-010: the name of the operator can go, too.
func TestDrop_of_an_operator(t *testing.T) {
	t.Parallel()
	b := setup(t)
	rec := b.record(t, t.Context(), Of{Actor: identity.SystemUser}, SchemaMigrated{From: 1, To: 2, Version: "v1", Operator: "grace"})
	before := open(t, rec)
	less, err := rec.Drop("data.operator")
	if err != nil {
		t.Fatal(err)
	}
	if after := open(t, less); after.Hash() != before.Hash() || bytes.Contains(less.Body, []byte("grace")) {
		t.Errorf("%s", less.Body)
	}
}

// AUD-010: dropping value and salt leaves the hash unchanged, for each field
// alone and for all together, and what was dropped is gone.
func TestDrop_removes_the_value_and_keeps_the_hash(t *testing.T) {
	t.Parallel()
	rec := setup(t).full(t)
	before := open(t, rec)
	mine := slices.DeleteFunc(Personal(), func(field string) bool { // those of other kinds
		return field == "data.operator" || field == "data.stated_reason"
	})
	for _, field := range mine {
		v, ok := before.tree.at(field)
		if !ok {
			t.Errorf("the sample has no %s", field)
		}
		less, err := rec.Drop(field)
		if err != nil {
			t.Fatal(err)
		}
		after := open(t, less)
		if after.Hash() != before.Hash() {
			t.Errorf("dropping %s changed the hash", field)
		}
		if !slices.Equal(after.Dropped, []string{field}) {
			t.Errorf("dropped %q", after.Dropped)
		}
		if _, ok := after.tree.at(field); ok {
			t.Errorf("%s is still there: %q", field, v.str)
		}
		if salts, _ := after.tree.get("salt"); salts.obj.has(field) {
			t.Errorf("the salt of %s is still there: its value can be guessed", field)
		}
	}
	none, err := rec.Drop()
	if err != nil {
		t.Fatal(err)
	}
	after := open(t, none)
	if after.Hash() != before.Hash() || !slices.Equal(after.Dropped, mine) || len(before.Dropped) != 0 {
		t.Errorf("dropped %q", after.Dropped)
	}
	for _, canary := range []string{"192.0.2", "Firefox", "peer", before.Subject.ID.String(), before.Actor.ID.String()} {
		if bytes.Contains(none.Body, []byte(canary)) {
			t.Errorf("%q is still there", canary)
		}
	}
	if after.Handle != before.Handle || after.Subject.Type != "user" {
		t.Errorf("the handle went with the id: %+v", after)
	}
	bare := edit(t, none, func(o *object) { *o = o.without([]string{"salt"}) })
	if open(t, bare).Hash() != before.Hash() {
		t.Error("the emptied salts are part of the hash")
	}
	again, err := none.Drop()
	if err != nil || !bytes.Equal(again.Body, none.Body) {
		t.Errorf("dropping twice: %v", err)
	}
	if _, err := rec.Drop("kind"); !errors.Is(err, store.ErrBadArgument) {
		t.Errorf("dropping what is not personal: %v", err)
	}
}

// AUD-010: full and reduced forms go separately.
func TestDrop_of_the_address_keeps_its_prefix_verifiable(t *testing.T) {
	t.Parallel()
	less, err := setup(t).full(t).Drop("client.ip", "client.user_agent")
	if err != nil {
		t.Fatal(err)
	}
	if e := open(t, less); e.Client.IP.IsValid() || e.Client.Prefix.String() != "192.0.2.0/24" || e.Client.Summary != "Firefox on Linux" || e.Client.UserAgent != "" {
		t.Errorf("%+v", e.Client)
	}
}

// edit changes a record's body as somebody with the database would.
func edit(t *testing.T, r Record, change func(o *object)) Record {
	t.Helper()
	o, err := parse(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	change(&o)
	r.Body = canonical(o)
	return r
}

func setAt(o *object, path string, v value) {
	head, rest, more := strings.Cut(path, ".")
	if !more {
		o.set(head, v)
		return
	}
	sub, _ := o.get(head)
	inner := slices.Clone(sub.obj)
	inner.set(rest, v)
	o.set(head, nested(inner))
}

// AUD-010: a personal value that is not the recorded one is refused, and so is a
// salt without value or a value without salt.
func TestOpen_detects_a_changed_personal_value(t *testing.T) {
	t.Parallel()
	rec := setup(t).full(t)
	attacks := map[string]func(*object){
		"value without salt": func(o *object) { *o = o.without([]string{"salt", "client.ip"}) },
		"salt without value": func(o *object) { *o = o.without([]string{"client", "ip"}) },
		"no commitment":      func(o *object) { *o = drop(*o, nil).without([]string{"commit", "client.ip"}) },
		"no commitments": func(o *object) {
			*o = o.without([]string{"commit"}).without([]string{"salt"})
		},
		"salt of another length": func(o *object) {
			s, _ := o.get("salt")
			in := slices.Clone(s.obj)
			in.set("client.ip", text("AAAA"))
			o.set("salt", nested(in))
		},
		"commitment to the outcome": func(o *object) { setCommit(o, "outcome", "x") },
		"commitment to the commitments": func(o *object) {
			setCommit(o, "commit", "x")
		},
		"commitment below": func(o *object) { setCommit(o, "data.a.b", "x") },
	}
	for _, field := range Personal() {
		attacks[field] = func(o *object) {
			v, _ := o.at(field)
			// Still well formed, so that only the commitment can notice.
			other := strings.Map(func(r rune) rune {
				if r == '1' {
					return '2'
				}
				return r
			}, v.str)
			if other == v.str {
				other += "0"
			}
			setAt(o, field, text(other))
		}
	}
	for name, attack := range attacks {
		if _, err := edit(t, rec, attack).Open(); !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func setCommit(o *object, field, digest string) {
	c, _ := o.get("commit")
	in := slices.Clone(c.obj)
	in.set(field, text(digest))
	o.set("commit", nested(in))
}

// AUD-010: any other change shows in the hash.
func TestHash_covers_everything_else(t *testing.T) {
	t.Parallel()
	rec := setup(t).full(t)
	was := open(t, rec).Hash()
	o, err := parse(rec.Body)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var walk func(prefix string, o object)
	walk = func(prefix string, o object) {
		for _, m := range o {
			path := prefix + m.key
			if m.key == "salt" || slices.Contains(Personal(), path) {
				continue
			}
			if m.val.kind == isObject {
				walk(path+".", m.val.obj)
				continue
			}
			n++
			tree, err := parse(rec.Body)
			if err != nil {
				t.Fatal(err)
			}
			v := m.val
			v.str, v.num = v.str+"x", v.num+1
			if strings.HasPrefix(path, "commit.") {
				setCommit(&tree, m.key, v.str)
			} else {
				setAt(&tree, path, v)
			}
			if hash(tree) == hash(o0(t, rec)) {
				t.Errorf("%s is not covered", path)
			}
		}
	}
	walk("", o)
	if n < 20 {
		t.Errorf("walked %d fields", n)
	}
	rec.Seq++
	if open(t, rec).Hash() == was {
		t.Error("the number is not covered")
	}
}

func o0(t *testing.T, r Record) object {
	t.Helper()
	o, err := parse(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// AUD-010: equal values of two events have different commitments, so an address
// cannot be found by trying all of them against one table of digests.
func TestCommitments_are_salted_afresh(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a, c := open(t, b.full(t)), open(t, b.full(t))
	ca, _ := a.tree.get("commit")
	cc, _ := c.tree.get("commit")
	for _, m := range ca.obj {
		if v, _ := cc.obj.get(m.key); v.str == m.val.str {
			t.Errorf("%s has one commitment in two events", m.key)
		}
	}
}
