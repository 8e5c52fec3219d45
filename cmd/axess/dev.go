package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/axess-go/axess/clock"
	"github.com/axess-go/axess/cmd/axess/internal/devtls"
	"github.com/axess-go/axess/cmd/axess/internal/listen"
	"github.com/axess-go/axess/cmd/axess/internal/refusal"
	"github.com/axess-go/axess/cmd/axess/internal/settings"
	"github.com/axess-go/axess/entropy"
	"github.com/axess-go/axess/internal/shellword"
)

const devAbout = `serve --dev-tls makes an authority in the data directory that can vouch for
localhost, loopback addresses and the names of --dev-host, and for nothing else.
trust prints the commands that make this system believe it; untrust those that
undo it. Nothing is changed without --apply. Do untrust before the directory goes.`

// dev are the verbs about the trust store (CLI-011).
func (p process) dev() *cli.Command {
	verb := func(name, usage string, commands func(devtls.Platform, string, string, string) ([][]string, error)) *cli.Command {
		return &cli.Command{
			Name: name, Usage: usage,
			Flags: append(settingFlags("data", "dsn"), &cli.BoolFlag{Name: "apply", Usage: "run the commands instead of printing them"}),
			Action: func(ctx context.Context, c *cli.Command) error {
				return p.withSettings(c, func(v *settings.Values) error { return p.trustStore(ctx, c, v, commands) })
			},
		}
	}
	return &cli.Command{
		Name: "dev", Usage: "make this system believe the certificate of --dev-tls", Description: devAbout,
		Commands: []*cli.Command{
			verb("trust", "print what makes this system believe it", func(p devtls.Platform, file, print, _ string) ([][]string, error) { return p.Trust(file, print) }),
			verb("untrust", "print what undoes that", devtls.Platform.Untrust),
		},
	}
}

func (p process) trustStore(ctx context.Context, c *cli.Command, v *settings.Values, find func(devtls.Platform, string, string, string) ([][]string, error)) error {
	dir, err := devDir(locate(v))
	if err != nil {
		return err
	}
	file, cert, err := devtls.Authority(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &refusal.Error{What: "there is no authority in " + dir, Why: "serve --dev-tls makes one", Cure: "add --data DIRECTORY", Code: refusal.Unavailable, Err: err}
	case err != nil:
		return &refusal.Error{What: err.Error(), Why: "whoever has its key could be any site to this machine", Cure: "run rm -r " + shellword.Quote(dir), Err: err}
	}
	if file, err = filepath.Abs(file); err != nil {
		return fmt.Errorf("dev: %w", err)
	}
	commands, err := find(p.platform, file, devtls.Fingerprint(cert), cert.SerialNumber.Text(16))
	if err != nil {
		return &refusal.Error{What: err.Error(), Why: "import " + file + " where your system or browser keeps authorities", Code: refusal.Unavailable, Err: err}
	}
	for _, command := range commands {
		if !c.Bool("apply") {
			fmt.Fprintln(p.stdout, visible(devtls.Line(command)))
			continue
		}
		fmt.Fprintln(p.stderr, visible(devtls.Line(command)))
		if err := p.system(ctx, command); err != nil {
			return fmt.Errorf("dev: %s: %w", command[0], err)
		}
	}
	if p.platform.OS == "linux" {
		fmt.Fprintln(p.stderr, "browsers that keep authorities of their own import "+visible(file)+" in their settings")
	}
	return nil
}

// thisSystem is the one that the program runs on.
func thisSystem() devtls.Platform {
	return devtls.Platform{OS: runtime.GOOS, Root: os.Geteuid() == 0, Has: func(program string) bool {
		_, err := exec.LookPath(program)
		return err == nil
	}}
}

// runSystem runs a command beside the program, at its terminal.
func runSystem(ctx context.Context, command []string) error {
	run := exec.CommandContext(ctx, command[0], command[1:]...) //nolint:gosec // from the list of package devtls
	run.Stdin, run.Stdout, run.Stderr = os.Stdin, os.Stdout, os.Stderr
	return run.Run() //nolint:wrapcheck // the caller names the command
}

// devAddr is where TLS of development is expected.
const devAddr = "localhost:8443"

// address is where to listen.
func address(v *settings.Values) string {
	if v.On("dev_tls") && !v.Given("addr") {
		return devAddr
	}
	return v.Text("addr")
}

// addrFits returns the address with its port as a number, or refuses one that
// nobody can listen on by its own name: what else is made of it, such as the
// origin, would be blamed for it.
func addrFits(ctx context.Context, v *settings.Values) (string, error) {
	host, port, err := net.SplitHostPort(address(v))
	n := 0
	if err == nil && port != "" {
		n, err = net.DefaultResolver.LookupPort(ctx, "tcp", port)
	}
	if err != nil || port == "" {
		return "", &refusal.Error{
			What: fmt.Sprintf("addr: %q is not host:port with a port from 0 to 65535", address(v)), Why: "nobody can listen on it",
			Cure: "add --addr localhost:8080", Err: err,
		}
	}
	return net.JoinHostPort(host, strconv.Itoa(n)), nil
}

// devTLSFits refuses what contradicts --dev-tls.
func devTLSFits(v *settings.Values) error {
	switch {
	case !v.On("dev_tls") && v.Given("dev_host"):
		return refusal.New("dev_host is set and dev_tls is not", "there is no certificate to cover it", "add --dev-tls, or remove --dev-host")
	case !v.On("dev_tls"):
		return nil
	case v.Text("tls.cert") != "":
		return refusal.New("dev_tls and tls.cert are both set", "there is one certificate", "remove --dev-tls, or remove --tls-cert and --tls-key")
	case strings.HasPrefix(v.Text("origin"), "http:"):
		return refusal.New("dev_tls is set and the origin is "+v.Text("origin"), "nobody would reach it without TLS", "remove --origin, or remove --dev-tls")
	}
	if err := devtls.CheckHosts(v.List("dev_host")); err != nil {
		return &refusal.Error{What: "dev_host: " + err.Error(), Why: "the authority could vouch for it", Cure: "remove --dev-host", Err: err}
	}
	_, err := devDir(locate(v))
	return err
}

// devDir is where the certificates of development are.
func devDir(pl place) (string, error) {
	if pl.dir == "" {
		return "", refusal.New("dev_tls has no data directory", "an authority that is made anew with each start cannot be trusted", "add --data DIRECTORY")
	}
	return filepath.Join(pl.dir, "dev"), nil
}

// makeDevTLS makes what is missing or would end.
func makeDevTLS(v *settings.Values, pl place) (devtls.Made, error) {
	dir, err := devDir(pl)
	if err != nil {
		return devtls.Made{}, err
	}
	m, err := devtls.Ensure(devtls.Config{Dir: dir, Hosts: v.List("dev_host"), Clock: clock.System(), Entropy: entropy.System()})
	if err != nil {
		return m, &refusal.Error{What: "the certificates of development cannot be made: " + err.Error(), Cure: "remove --dev-tls", Code: refusal.Unavailable, Err: err}
	}
	return m, nil
}

func devCertificates(v *settings.Values, pl place, log *slog.Logger) (*listen.Certificates, error) {
	m, err := makeDevTLS(v, pl)
	if err != nil {
		return nil, err
	}
	if m.New {
		log.Info("axess: new authority of development; a system that trusted the one before does not trust this one", "file", m.Authority)
	}
	certs, err := listen.Load(m.Cert, m.Key, clock.System(), log)
	if err != nil {
		return nil, &refusal.Error{What: "TLS: " + err.Error(), Cure: "remove --dev-tls", Err: err}
	}
	return certs, nil
}

// renewDevTLS looks once a day, until ctx ends; the listener sees new files itself.
func renewDevTLS(ctx context.Context, c clock.Clock, v *settings.Values, pl place, log *slog.Logger) error {
	for {
		if err := c.Sleep(ctx, 24*time.Hour); err != nil {
			return nil //nolint:nilerr // the server ends
		}
		if _, err := makeDevTLS(v, pl); err != nil {
			log.ErrorContext(ctx, "axess: the certificates of development were not renewed", "error", err)
		}
	}
}
