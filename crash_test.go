package axess_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/driver"
	"golang.org/x/net/html"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/axesstest"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/factor/password"
	"github.com/axess-go/axess/session"
	"github.com/axess-go/axess/store/sqlite"
)

// The server dies by SIGKILL before and after every SQL statement of the walk,
// one after the other, is started again on the same directory, and the person
// walks on like a person: looks where they are, and tries again.
//
// After every death: the server starts; what was acknowledged is there (mail,
// account, session, second factor, sign-out, ended sessions); what was not is
// either whole or absent, and never usable in between.
//
// STO-025, OPS-031, AUN-I14
func TestCrash_at_every_statement(t *testing.T) {
	t.Parallel()
	stride := 1
	if testing.Short() {
		stride = 7
	}
	w := &crashWalk{t: t, stride: stride, dir: t.TempDir(), addr: freeAddr(t)}
	defer w.kill()
	w.firstStart()
	w.site = &site{t: t, url: "http://localhost:" + w.addr[strings.LastIndexByte(w.addr, ':')+1:], gone: func(err error) { panic(died{err: err}) }}
	w.ada = w.person()
	for _, step := range []struct {
		name string
		do   func()
		hold func() // what is true until the step has been acknowledged
	}{
		{"sign up", w.stepSignUp, func() {}},
		{"confirm", w.stepConfirm, func() {}},
		{"enrol", w.stepEnrol, w.holdConfirmed},
		{"sign out", w.stepSignOut, w.holdEnrolled},
		{"sign in", w.stepSignIn, w.holdEnrolled},
		{"end others", w.stepEndOthers, w.holdSignedIn},
	} {
		deaths := w.dieAlong(step.name, step.do, step.hold)
		t.Logf("%s: died at %d places", step.name, deaths)
		if deaths < 3 {
			t.Errorf("%s: only %d places to die at: the tripwire does not work", step.name, deaths)
		}
	}
	w.holdEnrolled()
	w.kill()
	w.audit()
}

// crashWalk is a server in a child process and the person who walks.
type crashWalk struct {
	*site
	t         *testing.T
	stride    int
	dir, addr string
	cmd       *exec.Cmd
	in        io.Writer
	ended     chan struct{}
	out       output

	ada, phone *person
	tries      int
	email      string
	seed       string // as the page shows it
	confirmed  bool
	enrolled   bool
	ahead      time.Duration // of the real time
}

// died is what a person's step panics with when nobody answers; noticed: the
// next server runs already.
type died struct {
	err     error
	noticed bool
}

// output is what all children have printed.
type output struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{}
}

func (o *output) add(line string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.WriteString(line + "\n")
	if o.more != nil {
		close(o.more)
		o.more = nil
	}
}

// has waits until find sees what it looks for in all that was printed, until the
// child has ended, or until nobody believes any more that it will come.
func (o *output) has(ended <-chan struct{}, find func(text string) bool) bool {
	enough := time.NewTimer(2 * time.Minute)
	defer enough.Stop()
	for {
		o.mu.Lock()
		text := o.text.String()
		if o.more == nil {
			o.more = make(chan struct{})
		}
		more := o.more
		o.mu.Unlock()
		if find(text) {
			return true
		}
		select {
		case <-more:
		case <-enough.C:
			return false
		case <-ended:
			o.mu.Lock()
			text = o.text.String()
			o.mu.Unlock()
			return find(text)
		}
	}
}

func freeAddr(t *testing.T) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// start starts a server that dies at its at-th statement; 0: it does not. It
// reports whether the server came up.
func (w *crashWalk) start(at int) bool {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), os.Args[0], "-test.run=^TestCrashChild$") //nolint:gosec // this very program
	cmd.Env = append(os.Environ(), "AXESS_CRASH_DIR="+w.dir, "AXESS_CRASH_ADDR="+w.addr, "AXESS_CRASH_AT="+strconv.Itoa(at))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.cmd, w.in, w.ended = cmd, stdin, make(chan struct{})
	go func(ended chan struct{}) {
		for s := bufio.NewScanner(stdout); s.Scan(); {
			w.out.add(s.Text())
		}
		_ = cmd.Wait()
		close(ended)
	}(w.ended)
	ready := fmt.Sprintf("ready %d", cmd.Process.Pid)
	up := w.out.has(w.ended, func(text string) bool { return strings.Contains(text, ready) })
	if up && w.ahead > 0 {
		w.tell("ahead " + w.ahead.String())
	}
	return up
}

// alive starts a server if there is none. One that cannot start is the failure
// that this test is about.
func (w *crashWalk) alive() {
	w.t.Helper()
	if w.cmd != nil {
		select {
		case <-w.ended:
		default:
			return
		}
	}
	if !w.start(0) {
		w.t.Fatalf("after a death the server does not start:\n%s", w.tail())
	}
}

func (w *crashWalk) tail() string {
	w.out.mu.Lock()
	defer w.out.mu.Unlock()
	text := w.out.text.String()
	return text[max(0, len(text)-3000):]
}

func (w *crashWalk) kill() {
	if w.cmd == nil {
		return
	}
	_ = w.cmd.Process.Kill()
	<-w.ended
}

// tell gives the child a command and waits for its answer.
func (w *crashWalk) tell(command string) {
	w.t.Helper()
	w.tries++
	id := fmt.Sprintf("ok %d", w.tries)
	if _, err := fmt.Fprintf(w.in, "%s %d\n", command, w.tries); err != nil {
		panic(died{err: err})
	}
	if !w.out.has(w.ended, func(text string) bool { return strings.Contains(text, id+"\n") }) {
		panic(died{err: errors.New("no answer to " + command)})
	}
}

// skip moves the child's clock, so that an authenticator app shows the next code.
func (w *crashWalk) skip(d time.Duration) {
	w.ahead += d
	w.tell("ahead " + w.ahead.String())
}

func (w *crashWalk) now() time.Time { return time.Now().Add(w.ahead) }

// buried waits for the end of a server that is dead, or about to be.
func (w *crashWalk) buried() {
	w.t.Helper()
	enough := time.NewTimer(time.Minute)
	defer enough.Stop()
	select {
	case <-w.ended:
	case <-enough.C:
		w.t.Fatalf("the server neither answers nor dies:\n%s", w.tail())
	}
}

// lived runs f and reports whether the server outlived it.
func (w *crashWalk) lived(f func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			d, is := p.(died)
			if !is {
				panic(p)
			}
			if d.noticed {
				return
			}
			w.buried()
			state, _ := w.cmd.ProcessState.Sys().(syscall.WaitStatus)
			if state.Signal() != syscall.SIGKILL {
				w.t.Fatalf("the server ended by itself (%v):\n%s", w.cmd.ProcessState, w.tail())
			}
		}
	}()
	f()
	return true
}

// firstStart dies at every statement of a first start, each time in a directory
// that is new, and goes on in the last.
func (w *crashWalk) firstStart() {
	deaths := 0
	for at := 1; ; at += w.stride {
		w.dir = filepath.Join(w.t.TempDir(), strconv.Itoa(at))
		if err := os.Mkdir(w.dir, 0o700); err != nil {
			w.t.Fatal(err)
		}
		if w.start(at) {
			// It may still die of a background job.
			w.lived(func() { w.tell("arm 0") })
			break
		}
		deaths++
		w.alive()
		w.kill()
	}
	w.t.Logf("first start: died at %d places", deaths)
	if deaths < 10/w.stride {
		w.t.Errorf("a first start has only %d places to die at", deaths)
	}
}

// dieAlong repeats a step until the server outlives it, one statement later each
// time.
func (w *crashWalk) dieAlong(name string, do, hold func()) (deaths int) {
	for at := 1; ; at += w.stride {
		if at > 2000 {
			w.t.Fatalf("%s has no end", name)
		}
		w.alive()
		w.lived(hold) // unarmed: it cannot die
		if w.lived(func() { w.tell("arm " + strconv.Itoa(at)); do() }) {
			w.lived(func() { w.tell("arm 0") })
			w.alive()
			return deaths
		}
		deaths++
	}
}

func (w *crashWalk) mailedTo(email string) (link string, ok bool) {
	ok = w.out.has(w.ended, func(text string) bool {
		_, rest, found := strings.Cut(text, "To       "+email)
		if !found {
			return false
		}
		for line := range strings.Lines(rest) {
			if strings.Contains(line, "/auth/verify?token=") {
				link = strings.TrimSpace(line)
				return true
			}
		}
		return false
	})
	return link, ok
}

// signIn waits out what the tries of dead servers left behind: an attempt whose
// end nobody saw counts, for half a minute or as a failure.
func (w *crashWalk) signIn(p *person) *person {
	for _, wait := range []time.Duration{31 * time.Second, 16 * time.Minute, 32 * time.Minute, 65 * time.Minute} {
		if p.signIn(w.email, walkPassword); p.status != http.StatusTooManyRequests {
			break
		}
		w.skip(wait)
	}
	return p
}

// second enters a code that no attempt has used yet.
func (w *crashWalk) second(p *person) {
	for range 4 {
		w.skip(31 * time.Second)
		p.submit("/auth/factor/totp", map[string]string{"code": w.code()})
		if p.status != http.StatusTooManyRequests {
			break
		}
	}
	p.on("/", 200)
}

// stepSignUp takes another address each time, since a person gets three links an
// hour. What was answered with "check your mail" is mailed, if not by this
// server, then by the next.
func (w *crashWalk) stepSignUp() {
	w.tries++
	w.email = fmt.Sprintf("ada%d@example.org", w.tries)
	w.ada.signUp(w.email, walkPassword).on("/auth/sign-up/sent", 200)
	email := w.email
	if _, ok := w.mailedTo(email); ok {
		return
	}
	w.buried()
	w.alive()
	// The dead server may have leased the mail for five minutes, and the next one looks
	// once a minute, or when somebody else is to be mailed.
	w.skip(6 * time.Minute)
	w.tries++
	w.person().signUp(fmt.Sprintf("wake%d@example.org", w.tries), walkPassword).on("/auth/sign-up/sent", 200)
	if _, ok := w.mailedTo(email); !ok {
		w.t.Fatalf("the mail of an acknowledged sign-up is lost:\n%s", w.tail())
	}
	panic(died{noticed: true})
}

func (w *crashWalk) stepConfirm() {
	link, ok := w.mailedTo(w.email)
	if !ok {
		w.t.Fatal("no link")
	}
	w.ada.open(link)
	if w.ada.status == 200 && w.ada.form("/auth/verify") != nil {
		if w.ada.form("/auth/verify", "password") != nil {
			w.t.Fatalf("the browser of the sign-up is not known any more:\n%s", text1(w.ada.page))
		}
		w.ada.submit("/auth/verify", nil)
		if w.ada.at.Path == "/" {
			w.confirmed = true
			return
		}
	}
	// The answer was lost, not the confirmation.
	w.ada.reads("expired or was already used")
	w.ada = w.person()
	w.signIn(w.ada).on("/", 200)
	w.confirmed = true
}

// holdConfirmed: the account can be used, and no second factor is asked unless
// one may have been enrolled.
func (w *crashWalk) holdConfirmed() {
	p := w.person()
	w.signIn(p)
	if p.at.Path == "/auth/factor/totp" && w.seed != "" {
		return
	}
	p.on("/", 200)
}

func (w *crashWalk) code() string {
	code, err := axesstest.TOTP(w.seed, w.now())
	if err != nil {
		w.t.Fatal(err)
	}
	return code
}

func (w *crashWalk) stepEnrol() {
	p := w.ada
	p.open("/auth/account")
	if p.at.Path == "/auth/sign-in" {
		w.signIn(p)
	}
	if p.at.Path == "/auth/factor/totp" {
		// The enrolment was committed; only its answer was lost. A sign-in that died
		// halfway leads on to the account: the page without that memory.
		w.second(p.open("/auth/factor/totp"))
		w.enrolled = true
		return
	}
	p.open("/auth/account").on("/auth/account", 200)
	if strings.Contains(text1(p.page), "Phone") {
		w.enrolled = true
		return
	}
	p.open("/auth/account/factors/totp").on("/auth/account/factors/totp", 200)
	a := find(p.page, func(n *html.Node) bool { return n.Data == "a" && strings.HasPrefix(attr(n, "href"), "otpauth://") })
	u, err := url.Parse(attr(a, "href"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.seed = u.Query().Get("secret")
	fields := map[string]string{"code": w.code(), "label": "Phone"}
	if p.form("/auth/account/factors/totp", "password") != nil {
		fields["password"] = walkPassword // the sign-in is older than five minutes by now
	}
	p.submit("/auth/account/factors/totp", fields).on("/auth/recovery-codes", 200)
	p.saved().on("/auth/account", 200).reads("Phone")
	w.enrolled = true
}

// holdEnrolled: the password alone never leads in again, both factors do.
func (w *crashWalk) holdEnrolled() {
	p := w.person()
	w.signIn(p).on("/auth/factor/totp", 200)
	if p.open("/notes"); p.at.Path == "/notes" {
		w.t.Fatal("one factor opens what needs two")
	}
	w.signIn(p).on("/auth/factor/totp", 200)
	w.second(p)
}

func (w *crashWalk) both(p *person) {
	w.signIn(p).on("/auth/factor/totp", 200)
	w.second(p)
}

func (w *crashWalk) stepSignOut() {
	p := w.ada
	before := w.person()
	u, err := url.Parse(w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	before.client.Jar.SetCookies(u, p.client.Jar.Cookies(u))
	p.open("/auth/sign-out")
	if p.form("/auth/sign-out") != nil {
		p.submit("/auth/sign-out", map[string]string{"scope": "this"}).on("/auth/sign-out", 200).reads("You are signed out")
	}
	// Acknowledged: also a copy of the cookie is worth nothing any more.
	before.open("/notes").on("/auth/sign-in", 200)
}

func (w *crashWalk) stepSignIn() {
	if w.ada.open("/notes"); w.ada.at.Path == "/notes" {
		return // the answer came; it died of what follows
	}
	w.both(w.ada)
	w.ada.open("/notes").on("/notes", 200)
}

// holdSignedIn: the session that was acknowledged is there.
func (w *crashWalk) holdSignedIn() {
	w.ada.open("/notes")
	if w.ada.at.Path == "/auth/sign-in" && w.phone != nil {
		return // ended by the phone, though the phone has not heard of it
	}
	w.ada.on("/notes", 200)
}

func (w *crashWalk) stepEndOthers() {
	if w.phone == nil {
		w.tell("arm 0") // signing in has been died along already
		p := w.person()
		w.both(p)
		w.phone = p
		w.tell("arm 1")
	}
	w.phone.open("/auth/account/sessions")
	if w.phone.at.Path != "/auth/account/sessions" {
		w.both(w.phone) // its id was replaced, and the answer lost
		w.phone.open("/auth/account/sessions")
	}
	w.phone.on("/auth/account/sessions", 200)
	w.phone.open("/auth/account/sessions/end-others")
	if w.phone.form("/auth/account/sessions/end-others") != nil {
		w.phone.submit("/auth/account/sessions/end-others", nil).on("/auth/account/sessions", 200)
	}
	w.ada.open("/notes").on("/auth/sign-in", 200)
	w.phone.open("/notes").on("/notes", 200)
}

// audit reads what is left: every account and every factor has the event of its
// making, and no two rows of the trail are one.
func (w *crashWalk) audit() {
	w.alive()
	w.kill()
	db, err := driver.Open("file:" + filepath.Join(w.dir, "app.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	count := func(query string) (n int) {
		w.t.Helper()
		if err := db.QueryRowContext(w.t.Context(), query).Scan(&n); err != nil && !errors.Is(err, sql.ErrNoRows) {
			w.t.Fatal(err)
		}
		return n
	}
	events := func(kind string) int {
		return count(`SELECT count(*) FROM (SELECT id FROM axess_audit_events WHERE kind = '` + kind + `'
			UNION SELECT id FROM axess_outbox WHERE topic = 'audit' AND instr(CAST(body AS TEXT), '"kind":"` + kind + `"') > 0)`)
	}
	for what, pair := range map[string][2]int{
		"accounts and their events":            {count(`SELECT count(*) FROM axess_users`), events("signup_started")},
		"authenticator apps and their events":  {count(`SELECT count(*) FROM axess_credentials WHERE kind = 'totp'`), events("factor_enabled")},
		"confirmed accounts and their events":  {count(`SELECT count(*) FROM axess_users WHERE email_verified_at > 0`), events("signup_completed")},
		"accounts and their passwords":         {count(`SELECT count(*) FROM axess_users`), count(`SELECT count(*) FROM axess_credentials WHERE kind = 'password'`)},
		"tenants":                              {count(`SELECT count(*) FROM axess_tenants`), 1},
		"numbers of the trail and their range": {count(`SELECT count(*) FROM axess_audit_events`), count(`SELECT coalesce(sum(n), 0) FROM (SELECT max(seq) AS n FROM axess_audit_events GROUP BY node, boot)`)},
	} {
		if pair[0] != pair[1] {
			w.t.Errorf("%s: %d and %d", what, pair[0], pair[1])
		}
	}
	if bad := count(`SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'`) + count(`SELECT count(*) FROM pragma_foreign_key_check`); bad > 0 {
		w.t.Errorf("%d faults in the file", bad)
	}
}

// form is the form that posts to action, if it has the fields.
func (p *person) form(action string, fields ...string) *html.Node {
	form := find(p.page, func(n *html.Node) bool { return n.Data == "form" && attr(n, "action") == action })
	for _, k := range fields {
		if form == nil || find(form, func(n *html.Node) bool { return attr(n, "name") == k }) == nil {
			return nil
		}
	}
	return form
}

// tripwire kills its own process at a statement.
type tripwire struct{ left atomic.Int64 }

func (w *tripwire) step() {
	if w.left.Load() > 0 && w.left.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// watch makes every statement a place to die at, before it and after it.
func (w *tripwire) watch(c *sqlite3.Conn) error {
	return c.Trace(sqlite3.TRACE_STMT|sqlite3.TRACE_PROFILE, func(sqlite3.TraceEvent, any, any) error {
		w.step()
		return nil
	})
}

// ahead is a clock that can be moved.
type ahead struct {
	clock.Clock
	by atomic.Int64
}

func (a *ahead) Now() time.Time { return a.Clock.Now().Add(time.Duration(a.by.Load())) }

func (a *ahead) WithDeadline(ctx context.Context, t time.Time) (context.Context, context.CancelFunc) {
	return a.Clock.WithDeadline(ctx, t.Add(-time.Duration(a.by.Load())))
}

// TestCrashChild is the server of TestCrash_at_every_statement, in a process of
// its own; it is no test by itself.
func TestCrashChild(t *testing.T) { //nolint:paralleltest // a process of its own
	dir := os.Getenv("AXESS_CRASH_DIR")
	if dir == "" {
		return
	}
	at, err := strconv.ParseInt(os.Getenv("AXESS_CRASH_AT"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	wire, now := &tripwire{}, &ahead{Clock: clock.System()}
	wire.left.Store(at)
	sqlite3.AutoExtension(wire.watch)
	db, err := sqlite.Open(filepath.Join(dir, "app.db"), sqlite.WithClock(now))
	if err != nil {
		t.Fatal(err)
	}
	addr := os.Getenv("AXESS_CRASH_ADDR")
	auth, err := axess.New(t.Context(), axess.Config{
		Origin: "http://localhost:" + addr[strings.LastIndexByte(addr, ':')+1:], Stores: db.Stores(),
		PasswordCost: password.InsecureCheap(), Clock: now, Terminal: os.Stdout,
		// A machine that is busy with other tests is not the fault that is looked for.
		Timeouts: session.Timeouts{Load: time.Minute, Commit: time.Minute},
		Logger:   slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		t.Fatal(err)
	}
	rt := auth.Routes()
	rt.Public("GET /{$}", auth.Home().ServeHTTP)
	rt.Authn("GET /notes", func(w http.ResponseWriter, _ *http.Request, who axess.Authenticated) {
		noticed(fmt.Fprintf(w, "notes of %s", who.DisplayName()))
	})
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			words := strings.Fields(in.Text())
			switch words[0] {
			case "arm":
				n, err := strconv.ParseInt(words[1], 10, 64)
				noticed(0, err)
				wire.left.Store(n)
			case "ahead":
				d, err := time.ParseDuration(words[1])
				noticed(0, err)
				now.by.Store(int64(d))
			}
			noticed(fmt.Printf("ok %s\n", words[2]))
		}
		os.Exit(3) // the parent has gone
	}()
	noticed(fmt.Printf("ready %d\n", os.Getpid()))
	t.Fatal(axess.Serve(t.Context(), ln, auth, rt))
}

func noticed(_ int, err error) {
	if err != nil {
		panic(err)
	}
}
