package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess"
	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/cmd/axess/internal/listen"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/internal/sched"
	"github.com/axess-go/axess/keys"
	"github.com/axess-go/axess/seal"
)

const serveAbout = `A loopback origin is the development profile: it answers this machine only and
shows mail here and at /auth/dev/outbox. What people enter is kept in a database
in the data directory, with its key file beside it.

Every flag is also a variable, --mail-host being AXESS_MAIL_HOST, and a key of
the TOML file of --config. Secrets have no flag: AXESS_MAIL_PASSWORD, or
AXESS_MAIL_PASSWORD_FILE naming a file.`

func (p process) serve() *cli.Command {
	return &cli.Command{
		Name: "serve", Usage: "start the server", Description: serveAbout,
		Flags: append(settingFlags(), shorthands()...),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			load := func() (*settings.Values, error) { return p.load(c) }
			v, err := load()
			if err != nil {
				return err
			}
			return p.serveWith(ctx, v, load)
		},
	}
}

// serveWith runs the server until ctx ends. load finds the settings once more.
func (p process) serveWith(ctx context.Context, v *settings.Values, load func() (*settings.Values, error)) error {
	// From the first step to the last: a hangup that nobody takes ends the process,
	// in the middle of its start or of its drain (CLI-009).
	var hangups <-chan os.Signal
	if p.hangup != nil {
		taken, stop := p.hangup()
		defer stop()
		hangups = taken
	}
	service := listen.Environment(p.getenv)
	ln, err := listen.Open(ctx, address(v), service)
	if err != nil {
		if _, bad := addrFits(ctx, v); bad != nil {
			return bad
		}
		return &refusal.Error{What: "cannot listen: " + err.Error(), Cure: listenCure(err), Code: refusal.Unavailable, Err: err}
	}
	defer func() { _ = ln.Close() }() // served or not; closing twice is harmless
	if p.listening != nil {
		p.listening(ln.Addr())
	}
	log, level := p.logger(v)
	certs, err := certificates(v, log)
	if err != nil {
		return err
	}
	if err := devTLSFits(v); err != nil {
		return err
	}
	site := origin(v, ln.Addr())
	if err := private(v, ln.Addr(), site); err != nil {
		return err
	}
	if err := sessionsFit(v); err != nil {
		return err
	}
	pl := locate(v)
	if err := pl.make(); err != nil {
		return err
	}
	release, err := pl.lock()
	if err != nil {
		return err
	}
	stores, closeStores, err := pl.open(ctx, log, toServe)
	if err != nil && ctx.Err() != nil {
		return release() // told to stop before it had begun
	}
	if err != nil {
		return errors.Join(storesRefused(pl, err), release())
	}
	cfg, err := config(v, site, stores, p.stderr, log)
	if err == nil {
		cfg.Keys = pl.keySource(v, cfg)
	}
	if err == nil && v.On("dev_tls") {
		certs, err = devCertificates(v, pl, log) // under the lock of the data directory
	}
	if err == nil {
		r := &reloader{level: level, certs: certs, log: log, now: v, load: load, turn: sched.Of(clock.System()).NewSem(1)}
		r.words = wordsOf(cfg)
		if cfg.Mail != nil {
			r.mail = newPostman(cfg.Mail)
			cfg.Mail = r.mail
		}
		err = p.serveOn(ctx, ln, cfg, running{place: pl, site: site, service: service, word: newSpeaker(service), hangups: hangups, reloader: r, plain: p.plainLog(v), settings: v})
	}
	return errors.Join(err, closeStores(), release())
}

// running is what a server carries beside the library.
type running struct {
	place    place
	site     string
	service  listen.Service
	word     *speaker
	hangups  <-chan os.Signal // nil: none comes
	reloader *reloader
	plain    bool // people read the log
	settings *settings.Values
}

func (p process) serveOn(ctx context.Context, ln net.Listener, cfg axess.Config, run running) error {
	auth, err := axess.New(ctx, cfg)
	if err != nil {
		return refused(err, run.place)
	}
	run.reloader.auth = auth
	rt := auth.Routes()
	rt.Public("GET /{$}", auth.Home().ServeHTTP)
	rt.Public("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	if run.reloader.certs != nil {
		ln = run.reloader.certs.Listen(ln)
	}
	side, stop := clock.System().WithCancel(ctx)
	tasks := p.beside(side, cfg, run)
	ready := &announced{Listener: ln, say: func() { p.announce(ctx, auth, cfg, run) }}
	err = axess.Serve(ctx, ready, auth, rt)
	stop(context.Canceled)
	errs := []error{}
	for _, t := range tasks {
		errs = append(errs, t.Wait(context.WithoutCancel(ctx)))
	}
	var no *axess.ConfigError
	if errors.As(err, &no) {
		return errors.Join(append(errs, refused(err, run.place))...)
	}
	return errors.Join(append(errs, err)...)
}

// beside starts what runs beside the requests, until side ends. The socket of the
// commands is open when it returns.
func (p process) beside(side context.Context, cfg axess.Config, run running) []*sched.Task {
	s, c := sched.Of(clock.System()), clock.System()
	tasks := []*sched.Task{
		s.Go(side, "watchdog", func(ctx context.Context) error {
			return run.service.Watchdog(ctx, c, cfg.Logger, func() error { return nil })
		}),
		s.Go(side, "first administrator", func(ctx context.Context) error {
			return watchClaim(ctx, c, cfg.Stores, run.place, cfg.Logger)
		}),
		s.Go(side, "stopping", func(ctx context.Context) error {
			<-ctx.Done()
			return run.word.stopping(ctx)
		}),
	}
	if ln := controlSocket(side, run.place, cfg.Logger); ln != nil {
		tasks = append(tasks, s.Go(side, "control", func(ctx context.Context) error { return controlled(ctx, ln, run, cfg.Stores) }))
	}
	if run.settings.On("dev_tls") {
		tasks = append(tasks, s.Go(side, "development certificates", func(ctx context.Context) error {
			return renewDevTLS(ctx, c, run.settings, run.place, cfg.Logger)
		}))
	}
	if run.hangups != nil {
		tasks = append(tasks, s.Go(side, "reload", func(ctx context.Context) error {
			for {
				select {
				case <-run.hangups:
					err := run.word.say(ctx, listen.Reloading(c))
					run.reloader.run(ctx)
					if err := errors.Join(err, run.word.say(ctx, listen.Ready)); err != nil {
						cfg.Logger.WarnContext(ctx, "axess: the service manager was not told", "error", err)
					}
				case <-ctx.Done():
					return nil
				}
			}
		}))
	}
	return tasks
}

// announce says that the server answers: the screen to people, a line to
// machines, a word to the service manager.
func (p process) announce(ctx context.Context, auth *axess.Axess, cfg axess.Config, run running) {
	profile, because := auth.Profile()
	dev := profile == axess.Development
	s := screen{
		origin: run.site, profile: profile, because: because, place: run.place, devTLS: run.settings.On("dev_tls"), account: auth.URL(axess.PageAccount, nil),
	}
	if cfg.SignUp == axess.SignUpOpen || dev && cfg.SignUp == axess.SignUpUnset {
		s.signUp = auth.URL(axess.PageSignUp, nil)
	}
	if dev && cfg.Mail == nil {
		s.outbox = strings.TrimSuffix(auth.URL(axess.PageAccount, nil), "/account") + "/dev/outbox"
	}
	var err error
	if s.claim, err = claim(ctx, auth, run.place, p.terminal || dev); err != nil {
		cfg.Logger.ErrorContext(ctx, "axess: no link for the first administrator", "error", err)
	}
	// Whoever reads that the server is ready may stop it at once: the service
	// manager knows by then.
	told := run.word.say(ctx, listen.Ready)
	if p.terminal || dev {
		s.print(p.stderr)
	} else {
		cfg.Logger.InfoContext(ctx, "axess is ready", "origin", run.site, "stores", run.place.name(), "sessions", settings.ServerName(run.place.sessions), "data", run.place.dir, "new", run.place.new, "first_admin_link", s.claim.file)
	}
	if told != nil {
		cfg.Logger.WarnContext(ctx, "axess: the service manager was not told", "error", told)
	}
}

// listenCure is the flag for another address, or who to stop.
func listenCure(err error) string {
	var taken *listen.TakenError
	if errors.As(err, &taken) && taken.PID > 0 {
		return fmt.Sprintf("add --addr localhost:8081, or run kill %d", taken.PID)
	}
	return "add --addr localhost:8081"
}

// certificates reads the TLS files, if they are told.
func certificates(v *settings.Values, log *slog.Logger) (*listen.Certificates, error) {
	cert, key := v.Text("tls.cert"), v.Text("tls.key")
	switch {
	case cert == "" && key == "":
		return nil, nil //nolint:nilnil // no TLS of our own is no error
	case cert == "":
		return nil, refusal.New("tls.key is set and tls.cert is not", "TLS needs both", "remove --tls-key, or add --tls-cert FILE")
	case key == "":
		return nil, refusal.New("tls.cert is set and tls.key is not", "TLS needs both", "remove --tls-cert, or add --tls-key FILE")
	}
	certs, err := listen.Load(cert, key, clock.System(), log)
	if err != nil {
		return nil, &refusal.Error{What: "TLS: " + err.Error(), Why: "nobody could connect", Cure: "add --tls-cert FILE --tls-key FILE", Err: err}
	}
	return certs, nil
}

// private refuses to serve people elsewhere without TLS: passwords would cross
// the network in the clear. A proxy in front that ends TLS is named (CLI-010).
// Development has its own rule for other machines.
func private(v *settings.Values, addr net.Addr, site string) error {
	if v.Text("tls.cert") != "" || len(v.List("trusted_proxies")) > 0 || !strings.HasPrefix(site, "https:") {
		return nil
	}
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || tcp.IP.IsLoopback() {
		return nil
	}
	return refusal.New("the server would listen on "+addr.String()+" without TLS", "passwords would cross the network in the clear",
		"add --trusted-proxies 10.0.0.0/8, or add --tls-cert FILE --tls-key FILE, or add --addr localhost:8080")
}

// refused says the library's refusal in the words of this program.
func refused(err error, pl place) error {
	var no *axess.ConfigError
	switch {
	case errors.As(err, &no):
	case errors.Is(err, keys.ErrExposed), errors.Is(err, keys.ErrPublished), errors.Is(err, keys.ErrFormat), errors.Is(err, fs.ErrNotExist),
		errors.Is(err, seal.ErrRing), errors.Is(err, seal.ErrKeyReuse), errors.Is(err, seal.ErrWeakKey), errors.Is(err, fs.ErrPermission):
		return keysRefused(pl.keys, err)
	default:
		return &refusal.Error{What: err.Error(), Code: refusal.Unavailable, Err: err}
	}
	var errs []error
	for _, p := range no.Problems {
		errs = append(errs, &refusal.Error{What: fmt.Sprintf("%s: %s [%s]", p.Field, p.Detail, p.Code), Cure: cure(p, pl), Err: err})
	}
	return errors.Join(errs...)
}

// announced says that a listener is served when it is, and not when it was
// refused.
type announced struct {
	net.Listener
	say func()
}

// Accept implements net.Listener for the one loop of a server.
func (a *announced) Accept() (net.Conn, error) {
	if a.say != nil {
		a.say()
		a.say = nil
	}
	return a.Listener.Accept()
}
