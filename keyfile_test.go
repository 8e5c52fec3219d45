package axess_test

import (
	"errors"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/identity"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/mail"
	"github.com/axess-go/axess/seal"
	"github.com/axess-go/axess/store"
)

// PRD-033: what was acknowledged before a restart is there after it.
func TestRestart_on_a_file_keeps_people_signed_in(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.db")
	first := openFile(t, path)
	s, stop := startSite(t, first.Stores(), httptest.NewUnstartedServer(nil))
	ada := s.person()
	ada.signUp("ada@example.org", walkPassword).on("/auth/sign-up/sent", 200)
	ada.open(ada.mailed()).submit("/auth/verify", nil).on("/", 200)
	show := ada.enrol()
	stop()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	again := newSite(t, openFile(t, path).Stores())
	again.clock.Set(s.clock.Now()) // both began at some real second
	ada.s = again
	ada.open("/notes").on("/notes", 200).reads("notes of Ada, aal aal2")
	// The code that confirmed the app is spent on the other side, too.
	phone := again.person()
	phone.signIn("ada@example.org", walkPassword).on("/auth/factor/totp", 200).
		submit("/auth/factor/totp", map[string]string{"code": show()}).on("/auth/factor/totp", 401)
}

// PRD-033, PRD-034
func TestKeyFile_is_made_with_the_database_and_never_again(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start := func() error {
		b := openFile(t, filepath.Join(dir, "app.db"))
		auth, err := axess.New(t.Context(), axess.Config{
			Origin: "http://localhost:8080", Stores: b.Stores(), Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			return errors.Join(err, b.Close())
		}
		return errors.Join(auth.Close(t.Context()), b.Close())
	}
	if err := start(); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(dir, "axess.keys")
	info, err := os.Stat(key)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	if err := start(); err != nil {
		t.Fatalf("second start: %v", err)
	}
	saved := filepath.Join(dir, "backup")
	if err := os.Rename(key, saved); err != nil {
		t.Fatal(err)
	}
	if err := start(); !errors.Is(err, axess.ConfigCode("keys_missing")) {
		t.Fatalf("without its key file: %v", err)
	}
	if _, err := os.Lstat(key); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal("a fresh key file was made for an old database")
	}
	// The printed cure.
	if err := os.Rename(saved, key); err != nil {
		t.Fatal(err)
	}
	if err := start(); err != nil {
		t.Fatalf("with the key file restored: %v", err)
	}
	if err := os.Chmod(key, 0o644); err != nil { //nolint:gosec // the fault that is refused
		t.Fatal(err)
	}
	if err := start(); err == nil {
		t.Fatal("a key file that others may read was taken")
	}
}

// PRD-034: keys that do not belong to the data are refused before anybody is
// served, with their ids and how many sessions each had; reloading them as well.
func TestKeys_that_do_not_fit_the_sessions_are_refused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := openFile(t, filepath.Join(dir, "app.db"))
	s, stop := startSite(t, b.Stores(), httptest.NewUnstartedServer(nil))
	ada := s.person()
	ada.signUp("ada@example.org", walkPassword).on("/auth/sign-up/sent", 200)
	ada.open(ada.mailed()).submit("/auth/verify", nil).on("/", 200)
	stop()
	file := filepath.Join(dir, "axess.keys")
	mine, err := keys.File(file).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	src := &shelf{keys: freshKeys(t, 9)}
	cfg := axess.Config{Origin: "http://localhost:8080", Stores: b.Stores(), Keys: src, Logger: slog.New(slog.DiscardHandler), Clock: s.clock}
	_, err = axess.New(t.Context(), cfg)
	if !errors.Is(err, axess.ConfigCode("keys_missing")) || !strings.Contains(err.Error(), mine.Session.Primary().String()) {
		t.Fatalf("%v", err)
	}
	src.keys = mine
	auth, err := axess.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	src.keys = freshKeys(t, 9)
	if did, err := auth.ReloadKeys(t.Context()); did || !errors.Is(err, axess.ConfigCode("keys_missing")) {
		t.Errorf("%v, %v", did, err)
	}
	if err := auth.Close(t.Context()); err != nil {
		t.Error(err)
	}
	// Sessions that have died need no key.
	s.clock.Advance(400 * 24 * time.Hour)
	src.keys.Data = mine.Data
	auth, err = axess.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := auth.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// PRD-034: a ring of index keys that made none of the rows of those who are signed in
// is refused like the others: nobody's password would open anything, and every account
// would look forged. One forged row alone stops nothing.
func TestKeys_that_do_not_fit_the_rows_are_refused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := openFile(t, filepath.Join(dir, "app.db"))
	s, stop := startSite(t, b.Stores(), httptest.NewUnstartedServer(nil))
	last := ""
	for _, name := range []string{"ada@example.org", "bob@example.org"} {
		p := s.person()
		p.signUp(name, walkPassword).on("/auth/sign-up/sent", 200)
		link := p.mailed()
		for link == last {
			link = p.mailed()
		}
		p.open(link).submit("/auth/verify", nil).on("/", 200)
		last = link
	}
	stop()
	mine, err := keys.File(filepath.Join(dir, "axess.keys")).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	src := &shelf{keys: mine}
	cfg := axess.Config{Origin: "http://localhost:8080", Stores: b.Stores(), Keys: src, Logger: slog.New(slog.DiscardHandler), Clock: s.clock}
	src.keys.Index = freshKeys(t, 9).Index
	if _, err := axess.New(t.Context(), cfg); !errors.Is(err, axess.ConfigCode("keys_missing")) || !strings.Contains(err.Error(), "index") {
		t.Fatalf("another ring of index keys: %v", err)
	}
	src.keys = mine
	auth, err := axess.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	src.keys.Index = freshKeys(t, 9).Index
	if did, err := auth.ReloadKeys(t.Context()); did || !errors.Is(err, axess.ConfigCode("keys_missing")) {
		t.Errorf("%v, %v", did, err)
	}
	if err := auth.Close(t.Context()); err != nil {
		t.Error(err)
	}
	// Whoever forges a row does not stop the next start by it.
	people := b.Stores().Identity
	view, err := people.TenantBySlug(t.Context(), identity.DefaultSlug)
	if err != nil {
		t.Fatal(err)
	}
	ada, err := people.AccountByIdentifier(t.Context(), view.Tenant.ID, identity.Email, "ada@example.org")
	if err != nil {
		t.Fatal(err)
	}
	forged := ada.Credentials[0]
	gone := identity.DropCredential{Subject: ada.User.Subject(), ID: forged.ID, Expect: forged.Version}
	forged.MAC[0] ^= 1
	if err := people.Apply(t.Context(), gone, identity.PutCredential{Credential: forged}); err != nil {
		t.Fatal(err)
	}
	src.keys = mine
	auth, err = axess.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := auth.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// PRD-034: an account whose key is gone stops the start although nobody is signed
// in, and so does a mail that waits; what the refusal names is the way back.
func TestKeys_that_do_not_fit_the_accounts_are_refused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := openFile(t, filepath.Join(dir, "app.db"))
	s, stop := startSite(t, b.Stores(), httptest.NewUnstartedServer(nil))
	ada := s.person()
	ada.signUp("ada@example.org", walkPassword).on("/auth/sign-up/sent", 200)
	ada.open(ada.mailed()).submit("/auth/verify", nil).on("/", 200)
	stop()
	s.clock.Advance(400 * 24 * time.Hour)
	if _, err := b.Stores().Session.Sweep(t.Context(), s.clock.Now(), 1000); err != nil {
		t.Fatal(err)
	}
	if kids, err := b.Stores().Session.Kids(t.Context()); err != nil || len(kids) > 0 {
		t.Fatalf("sessions are left: %v, %v", kids, err)
	}
	file := filepath.Join(dir, "axess.keys")
	mine, err := keys.File(file).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	start := func() (*axess.Axess, error) {
		return axess.New(t.Context(), axess.Config{
			Origin: "http://localhost:8080", Stores: b.Stores(), Logger: slog.New(slog.DiscardHandler), Clock: s.clock,
		})
	}
	refused := func(err error, with ...string) {
		t.Helper()
		if !errors.Is(err, axess.ConfigCode("keys_missing")) {
			t.Fatalf("%v", err)
		}
		for _, part := range with {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("no %q in %v", part, err)
			}
		}
	}
	if err := os.Rename(file, file+".mine"); err != nil {
		t.Fatal(err)
	}
	if err := keys.Init(file, entropy.Seeded(9), s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	_, err = start()
	refused(err, "credentials: 1 under "+mine.Data.Primary().String())
	if strings.Contains(err.Error(), "sessions: ") || strings.Contains(err.Error(), "mails: ") {
		t.Errorf("what is not there is named: %v", err)
	}
	waiting := store.Row{
		ID: [16]byte{1}, At: s.clock.Now(), Topic: store.TopicMail,
		Body: append([]byte{seal.EnvelopeFormat, 1, 2, 3, 4}, make([]byte, seal.Overhead)...),
	}
	if err := os.Rename(file+".mine", file); err != nil {
		t.Fatal(err)
	}
	if err := b.Stores().Identity.Append(t.Context(), waiting); err != nil {
		t.Fatal(err)
	}
	_, err = start()
	refused(err, "waiting mails: 1 under ")
	if err := b.Stores().Identity.Done(t.Context(), store.TopicMail, waiting.ID); err != nil {
		t.Fatal(err)
	}
	auth, err := start()
	if err != nil {
		t.Fatalf("with its own key file: %v", err)
	}
	// A key that was removed too early is not let go by a running server either.
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := keys.Init(file, entropy.Seeded(9), s.clock.Now()); err != nil {
		t.Fatal(err)
	}
	did, err := auth.ReloadKeys(t.Context())
	if did {
		t.Error("reloaded")
	}
	refused(err, "credentials: 1 under ")
	if err := auth.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// PRD-035
func TestRegulated_refuses_keys_beside_the_data(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := openFile(t, filepath.Join(dir, "app.db"))
	outside := t.TempDir()
	link := filepath.Join(outside, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		src     keys.Source
		refused bool
	}{
		"beside":         {keys.File(filepath.Join(dir, "k")), true},
		"below":          {keys.Dir(filepath.Join(dir, "keys")), true},
		"by another way": {keys.Dir(link), true},
		"outside":        {keys.File(filepath.Join(outside, "k")), false},
		"wrapped":        {keys.Wrapped(keys.File(filepath.Join(dir, "k")), nil), false},
		"not on a disk":  {keys.Env("K"), false},
	} {
		err := axess.Config{
			Origin: "https://app.example.com", Profile: axess.Regulated, Stores: b.Stores(), Keys: tc.src, Mail: &mail.Outbox{}, SignUp: axess.SignUpClosed,
		}.Check()
		if (err != nil) != tc.refused || err != nil && !strings.Contains(err.Error(), "Keys: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
