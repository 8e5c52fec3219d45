package ldap

import (
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	goldap "github.com/go-ldap/ldap/v3"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/factor"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/seal"
)

// Person is who a directory is asked about.
type Person struct {
	// Name goes into the template of the directory's form.
	Name string
	// DN, unless empty, binds instead of what the form makes of Name, for an entry that
	// lies elsewhere. See [Record].
	DN string
}

// Result is what a directory said.
type Result struct {
	Verdict factor.Verdict
	// Reason is empty with [factor.Accepted].
	Reason Reason
	// Err says more to operators, unless the verdict is Accepted or Rejected; it holds no
	// name and no text of the directory. It is an [*Error].
	Err error

	// Groups and Attributes are what Config asked for, sorted; they are personal data.
	Groups     []string
	Attributes []Attribute
	// Incomplete is why they could not be read although the bind was good.
	Incomplete error
}

// The longest that are taken, in bytes.
const (
	maxName     = 256
	maxPassword = 1024
)

// Verify asks the directory whether a password is somebody's. What cannot be right is
// rejected without asking; what cannot be judged is Unavailable or Misconfigured and no
// guess.
func (d *Directory) Verify(ctx context.Context, who Person, password seal.Secret) Result {
	ctx, cancel := clock.WithTimeout(ctx, d.clock, wholeLimit)
	defer cancel()
	name, ok := d.bindName(who)
	if !ok || !sendable(password) {
		return result(&Error{Op: "bind", Reason: ReasonInput})
	}
	began := d.clock.Mono()
	ok, first := d.breaker.enter(began)
	if !ok {
		return result(&Error{Op: "connect", Reason: ReasonResting})
	}
	res, err := d.ask(ctx, who, name, password, began)
	d.breaker.leave(d.clock.Mono(), first, reasonOf(err))
	if err != nil {
		return result(err)
	}
	return res
}

// VerifyNobody answers a password that belongs to nobody, taking as long as it takes
// about somebody: as one of the last 256 binds did, or by a bind for a name that nobody
// has (DecoyBinds; also while too little is known to choose from, and while the directory
// does not answer). It never accepts (AUN-034).
func (d *Directory) VerifyNobody(ctx context.Context, password seal.Secret) Result {
	if !sendable(password) {
		return result(&Error{Op: "bind", Reason: ReasonInput})
	}
	if wait, known := d.samples.draw(d.entropy); known && !d.always && !d.breaker.resting(d.clock.Mono()) {
		if err := d.clock.Sleep(ctx, wait); err != nil {
			return result(&Error{Op: "bind", Reason: ReasonCancelled})
		}
		return result(&Error{Op: "bind", Reason: ReasonCredential})
	}
	res := d.Verify(ctx, Person{Name: d.nobody()}, password)
	if res.Verdict == factor.Accepted {
		return result(&Error{Op: "bind", Reason: ReasonCredential})
	}
	return res
}

// Evidence is what a sign-in records for a password that a directory has taken.
func Evidence(credential identity.CredentialID, at time.Time) identity.Evidence {
	return identity.Evidence{Kind: factor.LDAPBind, At: at, Credential: credential, AMR: []string{"pwd"}, Class: identity.Knowledge}
}

// ask does the work of one verification: one connection, one bind.
func (d *Directory) ask(ctx context.Context, who Person, name string, password seal.Secret, began time.Duration) (Result, error) {
	if err := d.places.Acquire(ctx); err != nil {
		return Result{}, &Error{Op: "connect", Reason: ended(ctx, ReasonCancelled)}
	}
	defer d.places.Release()
	missing := false
	if d.form.search && who.DN == "" {
		found, err := d.find(ctx, name)
		if missing = reasonOf(err) == ReasonNoEntry; missing {
			// Whoever is not there is asked for all the same, so that it takes as long.
			found, err = "cn="+d.nobody()+","+d.form.base, nil
		}
		if err != nil {
			return Result{}, d.failed(err)
		}
		name = found
	}
	c, err := d.connect(ctx)
	if err != nil {
		return Result{}, d.failed(err)
	}
	if err := c.bind(ctx, name, password); err != nil {
		if reasonOf(err).verdict() != factor.Rejected {
			c.drop()
			return Result{}, d.failed(err)
		}
		d.samples.add(d.clock.Mono() - began)
		c.leave(ctx)
		return Result{}, err
	}
	d.samples.add(d.clock.Mono() - began)
	defer c.leave(ctx)
	if missing {
		return Result{}, &Error{Op: "search", Reason: ReasonNoEntry}
	}
	res := Result{Verdict: factor.Accepted}
	if err := d.read(ctx, c, who, name, &res); err != nil {
		if d.required {
			return Result{}, &Error{Op: "search", Reason: ReasonGroups, Detail: err.Error()}
		}
		res.Incomplete = err
	}
	return res, nil
}

// find is the one entry that a search finds.
func (d *Directory) find(ctx context.Context, filter string) (dn string, err error) {
	err = d.asService(ctx, d.form.service, func(c *conn) error {
		entries, err := c.search(ctx, d.form.base, goldap.ScopeWholeSubtree, filter, 1)
		if err == nil && (len(entries) != 1 || checkDN(entries[0].DN) != nil) {
			err = &Error{Op: "search", Reason: ReasonNoEntry}
		}
		if err == nil {
			dn = entries[0].DN
		}
		return err
	})
	return dn, err
}

// bindName is what binds for somebody: a name, or the filter that finds it.
func (d *Directory) bindName(who Person) (string, bool) {
	if who.DN != "" {
		return who.DN, checkDN(who.DN) == nil
	}
	if strings.TrimSpace(who.Name) == "" || len(who.Name) > maxName || strings.ContainsRune(who.Name, 0) {
		return "", false
	}
	escaped, ok := d.form.escape(who.Name)
	if !ok {
		return "", false
	}
	name := d.form.name.fill(escaped)
	return name, d.form.search || len(name) <= maxDN
}

// sendable reports whether a directory may be asked with a password: an empty one is
// answered with success by many (RFC 4513 §5.1.2).
func sendable(password seal.Secret) bool {
	b := password.Reveal()
	if len(b) == 0 || len(b) > maxPassword {
		return false
	}
	for _, c := range b {
		if c == 0 {
			return false
		}
	}
	return true
}

// nobody is a name that nobody has.
func (d *Directory) nobody() string {
	b := entropy.Bytes16(d.entropy)
	return "axess-" + hex.EncodeToString(b[:8])
}

// failed remembers that the directory judged nobody.
func (d *Directory) failed(err error) error {
	if r := reasonOf(err); r.verdict() != factor.Rejected && r != ReasonCancelled {
		d.samples.failed()
	}
	return err
}

func result(err error) Result {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Op: "connect", Reason: ReasonTransport}
	}
	res := Result{Verdict: e.Reason.verdict(), Reason: e.Reason}
	if res.Verdict != factor.Rejected {
		res.Err = e
	}
	return res
}
